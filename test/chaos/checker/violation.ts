/** What is promised, in the words of the report. */
export const invariants = {
  C1: 'every tick, trigger and accepted request has exactly one ledger row, and that row is settled',
  C2: 'one accepted result for each run, no stale one, no two attempts at work at once',
  C3: 'each version in the ledger has one event, and the stream brought all of them in the order of their entity',
  C4: 'starts and recoveries are measured',
  C5: 'nothing starts before it is due, after its cancel, after its end or while its job is paused or deleted',
} as const;

export type Invariant = keyof typeof invariants;

/** Something that must not be. */
export interface Violation {
  readonly invariant: Invariant;
  /** One line: what is wrong, with the ids of whom it concerns. */
  readonly what: string;
  /** The run or job that it is about. */
  readonly subject: string;
}
