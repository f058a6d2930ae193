/**
 * What the executor of a turn observed: process facts alone, never the text of an output. One closed union; what
 * follows from it is decided in one place, `settleRun`.
 */
export type Outcome =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'output_limit' }
  /** The turn could not be started as its job describes it: no such folder, shell, program or secret. */
  | { readonly kind: 'misconfigured'; readonly message: string }
  /** Ended because somebody asked for it; its process group is gone. */
  | { readonly kind: 'cancelled' }
  /** Ended because its worker is stopping; its process group is gone. */
  | { readonly kind: 'drained' }
  /** The database refuses what the turn wrote, and nothing else of it. */
  | { readonly kind: 'unstorable_output'; readonly message: string }
  /** GD-4: ended by the guard, since no beat of its worker was answered for too long; its process group is gone. */
  | { readonly kind: 'fenced' }
  /** Its worker or its guard died; `isGone`: somebody saw that nothing of the turn is left (GD-5, LV-7). */
  | { readonly kind: 'lost'; readonly message: string; readonly isGone: boolean };

/** Why a worker ends a turn before it ends by itself. */
export type StopReason = 'cancelled' | 'drained' | 'disowned' | 'fenced';

/** Head and tail of one output stream, as text; `bytes` counts all that was written. */
export interface Excerpt {
  readonly text: string;
  readonly bytes: number;
  readonly truncated: boolean;
}

/** What a worker hands to `settle` for one attempt. Instants are epoch milliseconds. */
export interface TurnReport {
  readonly outcome: Outcome;
  readonly stdout: Excerpt;
  readonly stderr: Excerpt;
  /** When the process existed; null where none was started. */
  readonly spawnedAt: number | null;
}

/** Bytes of an excerpt (head and tail together) that the ledger keeps for each stream. */
export const excerptLimitBytes = 64 * 1024;

export const emptyExcerpt: Excerpt = { text: '', bytes: 0, truncated: false };
