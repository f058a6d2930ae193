import { ConfigError, StartError } from '@flotilla/runtime';
import { CommanderError } from 'commander';
import { CommandError, exitCodes } from './command-error.ts';

export type Ending = { readonly code: number; readonly lines: readonly string[] };

/** How a command that threw ends: its exit code, and the lines for stderr that are not written yet. */
export function endingOf(error: unknown): Ending {
  if (error instanceof CommanderError) {
    return { code: error.exitCode === 0 ? exitCodes.done : exitCodes.usage, lines: [] };
  }
  if (error instanceof CommandError) {
    return { code: exitCodes[error.reason], lines: error.message.split('\n') };
  }
  if (error instanceof StartError) {
    const code = error instanceof ConfigError ? exitCodes.usage : exitCodes.failed;
    return { code, lines: [oneLine(error.message)] };
  }
  return {
    code: exitCodes.failed,
    lines: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
