import { parseDuration, parseInstant } from '@flotilla/domain';
import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { JobBody } from '../../client/bodies.ts';
import { CommandError } from '../../command-error.ts';
import type { CliContext } from '../../context.ts';
import { nextTickWords } from '../../output/next-tick-words.ts';
import { pauseWords } from '../../output/pause-words.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import type { Style } from '../../output/style.ts';
import { withOutput } from '../output-options.ts';

interface PauseOptions extends OutputOptions {
  readonly reason?: string;
  readonly until?: string;
}

/** `pause` and `resume`. */
export function registerJobsPause(jobs: Command, context: CliContext): void {
  const pause = jobs
    .command('pause')
    .description('skip the ticks of a job from now on; it can still be run by hand')
    .argument('<id>')
    .option('--reason <text>', 'why, for those who find it paused')
    .option('--until <time>', 'when it ends by itself: "in 2h", or an ISO instant with its offset');
  withOutput(pause).action(async (id: string, options: PauseOptions) => {
    const { reason = null } = options;
    const until = untilFrom(options.until, context.now());
    const client = await connectApi(context);
    const { body } = await client.send<JobBody>('POST', ['jobs', id, 'pause'], { body: { reason, until } });
    print(context, options, body, (style) => [pausedLine(body, style)]);
  });

  const resume = jobs
    .command('resume')
    .description('let the ticks of a paused job go on from now')
    .argument('<id>');
  withOutput(resume).action(async (id: string, options: OutputOptions) => {
    const client = await connectApi(context);
    const { body } = await client.send<JobBody>('POST', ['jobs', id, 'resume']);
    print(context, options, body, (style) => [
      `${style.colours.green('resumed')} ${style.colours.bold(id)}, ${nextTickWords(body, style)}`,
    ]);
  });
}

function pausedLine({ id, paused }: JobBody, style: Style): string {
  const words = paused === null ? '' : ` ${pauseWords(paused, style)}`;
  return `${style.colours.yellow('paused')} ${style.colours.bold(id)}${words}`;
}

/** `in 2h` or `2h` counts from now; an instant needs its offset, since no zone is known here. */
function untilFrom(text: string | undefined, now: number): string | null {
  if (text === undefined) return null;
  const durationMs = parseDuration(text.replace(/^in\s+/, ''));
  if (durationMs !== undefined) return new Date(now + durationMs).toISOString();
  const hasOffset = /(?:z|[+-]\d\d:\d\d)$/i.test(text);
  const until = hasOffset ? parseInstant(text, 'UTC') : undefined;
  if (until !== undefined) return new Date(until).toISOString();
  throw new CommandError(
    'usage',
    `--until: "${text}" is neither a duration nor an instant: write "in 2h", or 2027-03-14T09:00:00Z`,
  );
}
