import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { registerPoolsDelete } from './pools/delete.ts';
import { registerPoolsList } from './pools/list.ts';
import { registerPoolsSet } from './pools/set.ts';

export function registerPoolsCommands(program: Command, context: CliContext): void {
  const pools = program
    .command('pools')
    .description(
      'queues with workers and a capacity of their own; FLOTILLA_POOLS says which a worker serves',
    );
  registerPoolsList(pools, context);
  registerPoolsSet(pools, context);
  registerPoolsDelete(pools, context);
}
