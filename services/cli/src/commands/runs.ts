import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { registerRunsCancel } from './runs/cancel.ts';
import { registerRunsList } from './runs/list.ts';
import { registerRunsLogs } from './runs/logs.ts';
import { registerRunsRetry } from './runs/retry.ts';
import { registerRunsShow } from './runs/show.ts';
import { registerRunsWatch } from './runs/watch.ts';

export function registerRunsCommands(program: Command, context: CliContext): void {
  const runs = program.command('runs').description('the ledger: one row for each occurrence of a job');
  registerRunsList(runs, context);
  registerRunsShow(runs, context);
  registerRunsLogs(runs, context);
  registerRunsWatch(runs, context);
  registerRunsCancel(runs, context);
  registerRunsRetry(runs, context);
}
