import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { Page, PoolBody } from '../../client/bodies.ts';
import type { CliContext } from '../../context.ts';
import { poolsTable } from '../../output/pools-table.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { withOutput } from '../output-options.ts';

export function registerPoolsList(pools: Command, context: CliContext): void {
  const list = pools.command('list').description('the pools, what is at work in them and what waits');
  withOutput(list).action(async (options: OutputOptions) => {
    const page = await (await connectApi(context)).get<Page<PoolBody>>(['pools']);
    print(context, options, page, (style) => poolsTable(page.items, style));
  });
}
