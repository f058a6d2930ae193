/** GD-7: until when turns inside the worker may go on that somebody else could double. */
export interface Fence {
  /** Aborted with "fenced" once they may not. */
  readonly signal: AbortSignal;
  /** Looks at the clock, for a timer may be late, and aborts the signal where the time is over. */
  isPast(): boolean;
  /** Tells the guard, and every guard after it, of a turn inside the worker; what is returned tells that it is gone. */
  enter(turn: string): () => void;
}
