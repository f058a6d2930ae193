import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { JobBody } from '../../client/bodies.ts';
import { listUpTo } from '../../client/list-up-to.ts';
import type { CliContext } from '../../context.ts';
import { jobsTable } from '../../output/jobs-table.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { withOutput } from '../output-options.ts';
import { wholeNumber } from '../whole-number.ts';

interface ListOptions extends OutputOptions {
  readonly tag?: string;
  readonly enabled?: boolean;
  readonly disabled?: boolean;
  readonly limit: number;
}

export const defaultJobs = 200;
export const maxJobs = 100_000;

export function registerJobsList(jobs: Command, context: CliContext): void {
  const list = jobs
    .command('list')
    .description('the jobs, by id')
    .option('--tag <tag>', 'only those with this tag')
    .option('--enabled', 'only those that are switched on')
    .option('--disabled', 'only those that are switched off')
    .option('--limit <count>', 'at most so many', wholeNumber(1, maxJobs), defaultJobs);
  withOutput(list).action(async (options: ListOptions) => {
    const { tag, limit } = options;
    const client = await connectApi(context);
    const page = await listUpTo<JobBody>(client, ['jobs'], { tag, enabled: enabledFrom(options) }, limit);
    print(context, options, page, (style) => jobsTable(page, style));
  });
}

function enabledFrom({ enabled, disabled }: ListOptions): boolean | undefined {
  if (enabled === disabled) return undefined;
  return enabled === true;
}
