import type { Command } from 'commander';
import { connectApi } from '../client/api-client.ts';
import { followEvents } from '../client/follow-events.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { eventLine } from '../output/event-line.ts';
import type { OutputOptions } from '../output/print.ts';
import { styleOf } from '../output/style.ts';
import { withOutput } from './output-options.ts';

interface EventsOptions extends OutputOptions {
  readonly follow?: boolean;
  readonly job?: string;
}

export function registerEventsCommand(program: Command, context: CliContext): void {
  const events = program
    .command('events')
    .description('facts as they are committed, one on each line')
    .option('-f, --follow', 'until Ctrl-C; a lost connection is taken up where it ended')
    .option('--job <id>', 'only those of this job');
  withOutput(events).action(async (options: EventsOptions) => {
    if (options.follow !== true)
      throw new CommandError('usage', 'events are shown as they happen: flotilla events -f');
    const { json = false, utc = false, job } = options;
    const colour = styleOf(context, options).colours.isColorSupported;
    const client = await connectApi(context);
    const onBreak = () => context.stderr.write('flotilla: the connection broke: taking it up again\n');
    for await (const event of followEvents(client, { onBreak })) {
      if (job !== undefined && (event.entity === 'alarm' || event.data.job !== job)) continue;
      context.stdout.write(`${json ? JSON.stringify(event) : eventLine(event, { colour, utc })}\n`);
    }
  });
}
