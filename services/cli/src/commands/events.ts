import type { Command } from 'commander';
import { connectApi } from '../client/api-client.ts';
import { findRunId } from '../client/find-run.ts';
import { followEvents } from '../client/follow-events.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { eventPrinter } from '../output/event-printer.ts';
import type { OutputOptions } from '../output/print.ts';
import { withOutput } from './output-options.ts';
import { sayGaps } from './say-gaps.ts';

interface EventsOptions extends OutputOptions {
  readonly follow?: boolean;
  readonly job?: string;
  readonly run?: string;
  readonly type?: string;
}

export function registerEventsCommand(program: Command, context: CliContext): void {
  const events = program
    .command('events')
    .description('facts as they are committed, one on each line')
    .option('-f, --follow', 'until Ctrl-C; a lost connection is taken up where it ended')
    .option('--job <ids>', 'only those of these jobs, with commas between them')
    .option(
      '--run <run>',
      'only those of this run: an id, the end of one, or a job for the latest of its runs',
    )
    .option('--type <types>', "only these, such as 'run.failed,job.*'");
  withOutput(events).action(async (options: EventsOptions) => {
    if (options.follow !== true)
      throw new CommandError('usage', 'events are shown as they happen: flotilla events -f');
    const { job, type } = options;
    const print = eventPrinter(context, options);
    const client = await connectApi(context);
    const run = options.run === undefined ? undefined : await findRunId(client, options.run);
    for await (const event of followEvents(client, { job, run, type }, sayGaps(context))) print(event);
  });
}
