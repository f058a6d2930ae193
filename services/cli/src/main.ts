import { hostContext } from './host-context.ts';
import type { Installation } from './installation.ts';
import { runCommandLine } from './run-command-line.ts';

/** One call of `flotilla`. It ends the process when the command is over: a command that serves stays in its action. */
export async function main(words: readonly string[], installation: Installation): Promise<void> {
  const code = await runCommandLine(words, hostContext(process, installation));
  // The migrator leaves a timer of 10 s; what was written to a pipe must be through before the exit.
  process.stdout.write('', () => process.exit(code));
}
