/** What the exit code of every command means. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  unreachable: 5,
} as const;

export type ExitReason = Exclude<keyof typeof exitCodes, 'done'>;

/**
 * Ends a command: a line on stderr that says what is wrong and what to do (several where a document has several
 * faults), and the reason's exit code.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly reason: ExitReason;

  constructor(reason: ExitReason, lines: string | readonly string[], options?: ErrorOptions) {
    super(typeof lines === 'string' ? lines : lines.join('\n'), options);
    this.reason = reason;
  }
}
