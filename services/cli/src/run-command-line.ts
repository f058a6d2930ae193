import { exitCodes } from './command-error.ts';
import type { CliContext } from './context.ts';
import { endingOf } from './ending-of.ts';
import { createProgram } from './program.ts';

/** Carries out one command line (without node and script) and returns the exit code. Never rejects. */
export async function runCommandLine(words: readonly string[], context: CliContext): Promise<number> {
  try {
    await createProgram(context).parseAsync(words, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    const { code, lines } = endingOf(error);
    for (const line of lines) context.stderr.write(`flotilla: ${line}\n`);
    return code;
  }
}
