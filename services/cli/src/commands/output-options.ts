import type { Command } from 'commander';

/** Adds what every command that prints takes. */
export function withOutput(command: Command): Command {
  return command
    .option('--json', 'print one JSON document')
    .option('--utc', 'show times in UTC instead of local time');
}
