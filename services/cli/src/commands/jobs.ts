import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { registerJobsAdd } from './jobs/add.ts';
import { registerJobsApply } from './jobs/apply.ts';
import { registerJobsDelete } from './jobs/delete.ts';
import { registerJobsEnable } from './jobs/enable.ts';
import { registerJobsList } from './jobs/list.ts';
import { registerJobsPause } from './jobs/pause.ts';
import { registerJobsPreview } from './jobs/preview.ts';
import { registerJobsRun } from './jobs/run.ts';
import { registerJobsShow } from './jobs/show.ts';
import { registerJobsValidate } from './jobs/validate.ts';

export function registerJobsCommands(program: Command, context: CliContext): void {
  const jobs = program.command('jobs').description('what to run, when, and under which policy');
  registerJobsAdd(jobs, context);
  registerJobsApply(jobs, context);
  registerJobsValidate(jobs, context);
  registerJobsList(jobs, context);
  registerJobsShow(jobs, context);
  registerJobsRun(jobs, context);
  registerJobsPreview(jobs, context);
  registerJobsEnable(jobs, context);
  registerJobsPause(jobs, context);
  registerJobsDelete(jobs, context);
}
