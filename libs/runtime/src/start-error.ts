/**
 * A start that failed for a reason the operator can mend: bad configuration, an unreachable server, a
 * schema that is not migrated. Its message is one line that says what is wrong and what to do;
 * `runService` prints it alone, without a stack, and exits with 1.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
