import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { RunDetailBody } from '../../client/bodies.ts';
import { findRunId } from '../../client/find-run.ts';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { runDetails } from '../../output/run-details.ts';
import { withOutput } from '../output-options.ts';
import { runArgument } from './run-argument.ts';

export function registerRunsShow(runs: Command, context: CliContext): void {
  const show = runs
    .command('show')
    .description('one run with its attempts')
    .argument(...runArgument);
  withOutput(show).action(async (text: string, options: OutputOptions) => {
    const client = await connectApi(context);
    const run = await client.get<RunDetailBody>(['runs', await findRunId(client, text)]);
    print(context, options, run, (style) => runDetails(run, style));
  });
}
