import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

export const causes = ['schedule', 'manual', 'parent', 'task', 'backfill'] as const;
export type Cause = (typeof causes)[number];

/** ID-1: what makes a run this one and no other, within the whole fleet and for ever. */
export interface RunIdentity {
  /** The job's immutable uuid, never its slug (ID-3). */
  readonly jobId: string;
  readonly cause: Cause;
  readonly key: string;
}

/** ID-1: the key of a tick is its nominal instant in epoch milliseconds. */
export function tickKey(tickAt: number): string {
  return String(tickAt);
}

/** ID-1: the key of a run that ends of several parents began: the set of these runs, whatever their order. */
export function joinKey(runIds: readonly string[]): string {
  return bytesToHex(sha256(utf8ToBytes([...runIds].sort().join('\n'))));
}

/** ID-1: a client's key is 1 to 200 printable bytes (ASCII without control characters). */
export const clientKeyPattern = /^[\x20-\x7e]{1,200}$/;

/** ID-1: the idempotency key that users see: 32 hex digits of SHA-256 over the run's identity. */
export function idempotencyKey({ jobId, cause, key }: RunIdentity): string {
  return bytesToHex(sha256(utf8ToBytes(`${jobId}\n${cause}\n${key}`))).slice(0, 32);
}
