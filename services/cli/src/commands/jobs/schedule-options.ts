import { parseDuration } from '@flotilla/domain';
import type { Command } from 'commander';
import { CommandError } from '../../command-error.ts';

/** The part of a schedule that the command line can say. */
export interface ScheduleOptions {
  readonly cron?: string;
  readonly every?: string;
  readonly at?: string;
  readonly in?: string;
  readonly zone?: string;
  readonly gap?: string;
  readonly fold?: string;
}

export function withSchedule(command: Command): Command {
  return command
    .option('--cron <expression>', 'five fields, six with seconds first, or @daily and the like')
    .option('--every <duration>', 'a fixed interval: 30s, 15m, 2h, 1d')
    .option('--at <time>', 'once, at an ISO instant; without an offset it is read in the zone')
    .option('--in <duration>', 'once, so long from now')
    .option('--zone <zone>', 'IANA time zone of the schedule (default: UTC)')
    .option('--gap <policy>', 'a time that clocks skip: run-after, shift or skip')
    .option('--fold <policy>', 'a time that comes twice: first or both');
}

/** The schedule as a document has it; undefined where no option names one. */
export function scheduleFrom(options: ScheduleOptions, now: number): Record<string, string> | undefined {
  const { cron, every, at, zone, gap, fold } = options;
  const written = Object.entries({ cron, every, at: atFrom(options.in, now) ?? at, zone, gap, fold });
  const named = written.filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (options.in !== undefined && at !== undefined)
    throw new CommandError('usage', '--in and --at exclude each other');
  return named.length === 0 ? undefined : Object.fromEntries(named);
}

function atFrom(delay: string | undefined, now: number): string | undefined {
  if (delay === undefined) return undefined;
  const delayMs = parseDuration(delay);
  if (delayMs === undefined)
    throw new CommandError('usage', `--in: "${delay}" is not a duration: write 30s, 15m, 2h or 1d`);
  return new Date(now + delayMs).toISOString();
}
