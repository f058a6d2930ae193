/** The turn cannot be started as its job describes it. The message says what to do and holds no secret. */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured';
}
