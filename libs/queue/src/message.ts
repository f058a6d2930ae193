/** ID-2: what Redis is told of a run: ids and numbers, nothing of users, no secret. */
export interface Message {
  readonly runId: string;
  /** The run's attempt at the hand-out; a claim requires it (CL-2). */
  readonly attempt: number;
  /** The number of this hand-out, used once. */
  readonly number: number;
  /** When the run was due at the hand-out, in epoch milliseconds: what the worker waits for. The claim has the last word. */
  readonly dueAt: number;
}

/** ID-2: never used twice: BullMQ silently ignores an id that it knows. */
export function messageId(idempotencyKey: string, number: number): string {
  return `${idempotencyKey}.${number}`;
}
