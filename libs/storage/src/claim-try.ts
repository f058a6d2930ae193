import type { Cause, SettledState } from '@flotilla/domain';

/** CL-3: one try at a run. The token makes the try repeatable: whoever asks again gets the same answer. */
export interface Claim {
  readonly runId: string;
  /** The run's attempt when it was handed out; the claimed one is the next. */
  readonly attempt: number;
  readonly token: string;
}

/** A run that is this worker's now. */
export interface ClaimedRun {
  readonly runId: string;
  /** Of the try that got the run: a run that is offered twice is started for one of the two. */
  readonly token: string;
  readonly jobId: string;
  readonly attempt: number;
  readonly revision: number;
  readonly cause: Cause;
  readonly tickAt: number | null;
  readonly dueAt: number;
  readonly idempotencyKey: string;
  readonly parentId: string | null;
}

export type ClaimResult =
  | { readonly kind: 'started'; readonly run: ClaimedRun }
  | { readonly kind: 'notYet'; readonly dueAt: number }
  /** It waits for other runs of its job, for room, or for its pace, and is handed out again when its turn comes. */
  | { readonly kind: 'waits' }
  | { readonly kind: 'settled'; readonly state: SettledState }
  /** Somebody else has moved the run on. */
  | { readonly kind: 'stale' }
  /** Locked by somebody, or changed meanwhile: ask again with the same token. */
  | { readonly kind: 'undecided' }
  /** This worker is not alive in the ledger: it may start nothing. */
  | { readonly kind: 'refused' };

/** Claims as the first parameters of a statement. */
export function claimColumns(claims: readonly Claim[]): unknown[] {
  return [
    claims.map((claim) => claim.runId),
    claims.map((claim) => claim.attempt),
    claims.map((claim) => claim.token),
  ];
}
