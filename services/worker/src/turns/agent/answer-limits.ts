/** Every bound of one answer. What is beyond it was too long, however it was framed. */
export interface AnswerLimits {
  /** Of the text. */
  readonly answerBytes: number;
  /** Of one event of the stream: none is held in memory that is longer. */
  readonly eventBytes: number;
  /** Of all that the gateway sends for one answer. */
  readonly wireBytes: number;
  /** Of an error's body: the rest is not read. */
  readonly errorBytes: number;
  /** A gateway that has not taken the connection within this cannot be reached. */
  readonly connectMs: number;
}

export const defaultAnswerLimits: AnswerLimits = {
  answerBytes: 8 * 1024 ** 2,
  eventBytes: 1024 ** 2,
  wireBytes: 64 * 1024 ** 2,
  errorBytes: 16 * 1024,
  connectMs: 10_000,
};

/** The answer is longer than is taken. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
}
