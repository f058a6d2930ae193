/**
 * A protocol as a machine: a first state, what may happen next, and what must never be seen.
 * States are plain data and are never changed in place: an action answers with the fields that it changes.
 */
export interface Model<State extends object> {
  readonly start: State;
  readonly actions: readonly Action<State>[];
  readonly checks: readonly Check<State>[];
  /** The same state with parts renamed that nobody can tell apart: of such twins only one is explored. */
  readonly twin?: (state: State) => State;
}

/** One atomic step. Whatever real code may do between two steps of one actor, another actor may do here too. */
export interface Action<State> {
  /** Reads as a sentence in a counterexample: "the judge writes the death". */
  readonly name: string;
  enabled(state: State): boolean;
  next(state: State): Partial<State>;
}

export interface Step<State> {
  readonly action: string;
  readonly before: State;
  readonly after: State;
}

/** What must never be seen, asked of every step. */
export interface Check<State> {
  /** In capitals, as it stands in tables: "DOUBLE". */
  readonly name: string;
  /** The violation as a sentence: "both attempts are at work". */
  readonly means: string;
  broken(step: Step<State>): boolean;
}
