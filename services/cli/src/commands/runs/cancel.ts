import { setTimeout as sleep } from 'node:timers/promises';
import { isSettled } from '@flotilla/domain';
import type { Command } from 'commander';
import { type ApiClient, connectApi } from '../../client/api-client.ts';
import type { RunBody } from '../../client/bodies.ts';
import { findRunId } from '../../client/find-run.ts';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { shortId } from '../../output/short-id.ts';
import { paintState, stateWithReason } from '../../output/state-words.ts';
import type { Style } from '../../output/style.ts';
import { withOutput } from '../output-options.ts';
import { runArgument } from './run-argument.ts';

interface CancelOptions extends OutputOptions {
  readonly wait?: boolean;
}

/** The server holds one question for so long; it is asked again until the run is settled. */
const waitSeconds = 20;

/** A server that is stopping answers at once: it is not asked in a circle. */
const pauseMs = 250;

export function registerRunsCancel(runs: Command, context: CliContext): void {
  const cancel = runs
    .command('cancel')
    .description('ask for the end of a run; it is cancelled when its processes are gone')
    .argument(...runArgument)
    .option('--wait', 'wait until it is settled');
  withOutput(cancel).action(async (text: string, options: CancelOptions) => {
    const client = await connectApi(context);
    const run = await cancelRun(client, await findRunId(client, text), options.wait === true);
    print(context, options, run, (style) => [cancelLine(run, style)]);
  });
}

async function cancelRun(client: ApiClient, id: string, wait: boolean): Promise<RunBody> {
  const query = wait ? { wait: `${waitSeconds}s` } : {};
  for (;;) {
    const { body } = await client.send<RunBody>('POST', ['runs', id, 'cancel'], { query });
    if (!wait || isSettled(body.state)) return body;
    await sleep(pauseMs);
  }
}

function cancelLine(run: RunBody, { colours }: Style): string {
  const name = `run ${colours.bold(shortId(run.id))} of ${run.job}`;
  if (!isSettled(run.state)) return `${colours.yellow('asked to stop')}: ${name} is ${run.state}`;
  const state = paintState(stateWithReason(run), run.state, colours);
  return run.state === 'cancelled' ? `${state}: ${name}` : `${name} has ended: ${state}`;
}
