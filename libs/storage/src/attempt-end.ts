import type { Reason, SettledState, TurnReport } from '@flotilla/domain';

/** SE-1: attempts that one settle takes at most. */
export const settleBatch = 100;

/** The end of one attempt. The token makes the settling repeatable; `chance` in [0, 1) moves a retry's delay. */
export interface AttemptEnd {
  readonly runId: string;
  readonly attempt: number;
  readonly workerId: string;
  readonly token: string;
  readonly report: TurnReport;
  readonly chance: number;
}

export type SettleResult =
  | { readonly kind: 'settled'; readonly state: SettledState; readonly reason: Reason | null }
  | { readonly kind: 'requeued'; readonly dueAt: number }
  /** Accepted by an earlier try with the same token, whose reply was lost. */
  | { readonly kind: 'accepted' }
  /** The attempt is not this worker's any more: the result is not taken. */
  | { readonly kind: 'stale' }
  /** This end alone cannot be written: ask again with the same token, and tell somebody. */
  | { readonly kind: 'refused'; readonly error: unknown };
