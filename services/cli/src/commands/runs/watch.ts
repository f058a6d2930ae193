import { isSettled } from '@flotilla/domain';
import { Argument, type Command } from 'commander';
import { type ApiClient, connectApi } from '../../client/api-client.ts';
import type { RunBody } from '../../client/bodies.ts';
import { findRunId } from '../../client/find-run.ts';
import { followEvents } from '../../client/follow-events.ts';
import { watchRun } from '../../client/watch-run.ts';
import { CommandError } from '../../command-error.ts';
import type { CliContext } from '../../context.ts';
import { eventPrinter } from '../../output/event-printer.ts';
import type { OutputOptions } from '../../output/print.ts';
import { endingLines } from '../../output/run-ending.ts';
import { shortId } from '../../output/short-id.ts';
import { paintState, stateWithReason } from '../../output/state-words.ts';
import { type Style, styleOf } from '../../output/style.ts';
import { withOutput } from '../output-options.ts';
import { sayBreak, sayGaps } from '../say-gaps.ts';
import { runArgument } from './run-argument.ts';

interface WatchOptions extends OutputOptions {
  readonly job?: string;
}

export function registerRunsWatch(runs: Command, context: CliContext): void {
  const [argument, description] = runArgument;
  const watch = runs
    .command('watch')
    .description('a run as it happens, until it is settled; exit code 1 if it did not succeed')
    .addArgument(
      new Argument(argument.replace(/<(.*)>/, '[$1]'), `${description}; without it all runs, until Ctrl-C`),
    )
    .option('--job <ids>', 'all runs of these jobs instead, until Ctrl-C');
  withOutput(watch).action(async (text: string | undefined, options: WatchOptions) => {
    if (text !== undefined && options.job !== undefined)
      throw new CommandError('usage', 'watch one run, or the runs of jobs: leave out the run or --job');
    const client = await connectApi(context);
    if (text === undefined) await watchAll(client, options, context);
    else await watchOne(client, await findRunId(client, text), options, context);
  });
}

async function watchAll(client: ApiClient, options: WatchOptions, context: CliContext): Promise<void> {
  const show = eventPrinter(context, options);
  const filter = { job: options.job, type: 'run.*' };
  for await (const event of followEvents(client, filter, sayGaps(context))) show(event);
}

async function watchOne(
  client: ApiClient,
  id: string,
  options: WatchOptions,
  context: CliContext,
): Promise<void> {
  const style = styleOf(context, options);
  const isForPeople = options.json !== true;
  const show = eventPrinter(context, options);
  const say = (lines: readonly string[]) => {
    if (isForPeople) for (const line of lines) context.stdout.write(`${line}\n`);
  };
  let isEndShown = false;
  const run = await watchRun(client, id, {
    onState: (known) => say([stateLine(known, style)]),
    onEvent(event) {
      show(event);
      isEndShown = isSettled(event.data.state);
    },
    onBreak: sayBreak(context),
  });
  say(endingLines(run, style).slice(isEndShown ? 1 : 0));
  if (run.state === 'succeeded') return;
  throw new CommandError(
    'failed',
    `${run.job} ${stateWithReason(run)}: flotilla runs logs ${shortId(run.id)}`,
  );
}

function stateLine(run: RunBody, { colours }: Style): string {
  const tries = run.attempt > 1 ? `, try ${run.attempt}` : '';
  return `run ${colours.bold(shortId(run.id))} of ${run.job}: ${paintState(stateWithReason(run), run.state, colours)}${tries}`;
}
