/**
 * What the executor of a turn observed: facts of processes and of transport alone, never the text of an output or an
 * answer. One closed union; what follows from it is decided in one place, `settleRun`.
 */
export type Outcome =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  /** An agent's answer came, and came to its end. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'timed_out' }
  /** Nothing came from the gateway for too long. */
  | { readonly kind: 'idle'; readonly message: string }
  /** Too long: what a process wrote, or an answer. */
  | { readonly kind: 'output_limit'; readonly message?: string }
  /**
   * No good answer came: the gateway cannot be reached, is busy or broken, or stopped in the middle. `retryAfterMs`: for
   * so long it wants to be left alone.
   */
  | { readonly kind: 'gateway'; readonly message: string; readonly retryAfterMs?: number }
  /** The turn could not be started as its job describes it: no such folder, shell, program, secret or model. */
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

/** What an answer cost. Null where the gateway did not say. */
export interface Usage {
  /** The model that answered. */
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** In the gateway's own currency. */
  readonly cost: number | null;
}

/** What a worker hands to `settle` for one attempt. Instants are epoch milliseconds. */
export interface TurnReport {
  readonly outcome: Outcome;
  readonly stdout: Excerpt;
  readonly stderr: Excerpt;
  /** When the process existed, or the gateway was asked; null where nothing was started. */
  readonly spawnedAt: number | null;
  /** Of an agent turn, as far as its gateway told it. */
  readonly usage?: Usage;
}

/** Bytes of an excerpt (head and tail together) that the ledger keeps for each stream. */
export const excerptLimitBytes = 64 * 1024;

export const emptyExcerpt: Excerpt = { text: '', bytes: 0, truncated: false };
