import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * A job's own share of its spread: whole milliseconds in [0, spreadMs), or 0 without one. It depends on the job's uuid
 * alone, so that all replicas agree, and a restart moves nothing.
 */
export function spreadOffset(jobId: string, spreadMs: number): number {
  if (spreadMs <= 0) return 0;
  const digest = sha256(utf8ToBytes(`spread\n${jobId}`));
  const fraction = new DataView(digest.buffer, digest.byteOffset).getUint32(0) / 2 ** 32;
  return Math.floor(fraction * spreadMs);
}
