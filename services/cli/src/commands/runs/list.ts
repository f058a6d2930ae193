import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { RunBody } from '../../client/bodies.ts';
import { listUpTo } from '../../client/list-up-to.ts';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { runsTable } from '../../output/runs-table.ts';
import { styleOf } from '../../output/style.ts';
import { withOutput } from '../output-options.ts';
import { wholeNumber } from '../whole-number.ts';
import { readSince } from './read-since.ts';

interface ListOptions extends OutputOptions {
  readonly job?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly since?: string;
  readonly limit: number;
}

const defaultRuns = 20;
const maxRuns = 10_000;

export function registerRunsList(runs: Command, context: CliContext): void {
  const list = runs
    .command('list')
    .description('runs, latest due first')
    .option('--job <id>', 'only runs of this job')
    .option('--state <state>', 'only runs in this state, such as running or failed')
    .option('--reason <reason>', 'only runs that ended for this reason, such as exit_code')
    .option('--since <time>', 'only runs due since then: 2h, 2026-11-21, 2026-11-21T09:00')
    .option('--limit <count>', 'at most so many', wholeNumber(1, maxRuns), defaultRuns);
  withOutput(list).action(async (options: ListOptions) => {
    const { job, state, reason, since, limit } = options;
    const query = { job, state, reason, since: readSince(since, styleOf(context, options)) };
    const page = await listUpTo<RunBody>(await connectApi(context), ['runs'], query, limit);
    print(context, options, page, (style) => runsTable(page, style));
  });
}
