/** The gateway was reached, and what it sent is no whole answer. The message says what it did. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}
