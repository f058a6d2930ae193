import type { Command } from 'commander';
import { connectApi } from '../client/api-client.ts';
import type { AlarmBody, Page } from '../client/bodies.ts';
import type { CliContext } from '../context.ts';
import { alarmsTable } from '../output/alarms-table.ts';
import { type OutputOptions, print } from '../output/print.ts';
import { withOutput } from './output-options.ts';

interface AlarmsOptions extends OutputOptions {
  readonly resolved?: boolean;
}

export function registerAlarmsCommand(program: Command, context: CliContext): void {
  const alarms = program
    .command('alarms')
    .description('what is the matter with the fleet now; "flotilla doctor" also says what to do')
    .option('--resolved', 'also those that are over, of the last 30 days');
  withOutput(alarms).action(async (options: AlarmsOptions) => {
    const query = options.resolved === true ? { resolved: 'true' } : {};
    const page = await (await connectApi(context)).get<Page<AlarmBody>>(['alarms'], query);
    print(context, options, page, (style) => alarmsTable(page.items, style));
  });
}
