import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { RunBody } from '../../client/bodies.ts';
import { findRunId } from '../../client/find-run.ts';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { shortId } from '../../output/short-id.ts';
import type { Style } from '../../output/style.ts';
import { withOutput } from '../output-options.ts';
import { runArgument } from './run-argument.ts';

interface RetryOptions extends OutputOptions {
  readonly key?: string;
}

export function registerRunsRetry(runs: Command, context: CliContext): void {
  const retry = runs
    .command('retry')
    .description('run again what has ended; start at once what waits for its next try')
    .argument(...runArgument)
    .option('--key <key>', 'the same key again answers with what it gave first');
  withOutput(retry).action(async (text: string, options: RetryOptions) => {
    const client = await connectApi(context);
    const id = await findRunId(client, text);
    const headers: Record<string, string> =
      options.key === undefined ? {} : { 'idempotency-key': options.key };
    const { body } = await client.send<RunBody>('POST', ['runs', id, 'retry'], { headers });
    print(context, options, body, (style) => [retryLine(id, body, style)]);
  });
}

function retryLine(asked: string, { id, job, attempt }: RunBody, { colours }: Style): string {
  const name = `run ${colours.bold(shortId(id))} of ${job}`;
  return id === asked
    ? `${colours.yellow('due now')}: try ${attempt + 1} of ${name}`
    : `${colours.yellow('queued')}: ${name}, a retry of run ${shortId(asked)}`;
}
