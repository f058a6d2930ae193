import type { Command } from 'commander';
import { connectApi } from '../client/api-client.ts';
import type { Page, WorkerBody } from '../client/bodies.ts';
import type { CliContext } from '../context.ts';
import { type OutputOptions, print } from '../output/print.ts';
import { workersTable } from '../output/workers-table.ts';
import { withOutput } from './output-options.ts';

export function registerWorkersCommand(program: Command, context: CliContext): void {
  const workers = program.command('workers').description('who carries out turns, and who did lately');
  withOutput(workers).action(async (options: OutputOptions) => {
    const page = await (await connectApi(context)).get<Page<WorkerBody>>(['workers']);
    print(context, options, page, (style) => workersTable(page.items, style));
  });
}
