import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { checkJobs, type FileJob } from './check-jobs.ts';
import { orderJobs } from './order-jobs.ts';
import { type FoundJob, parseJobText } from './parse-job-text.ts';
import { readJobFile } from './read-job-file.ts';

/** All jobs of all files, valid, parents before children. Throws one {@link CommandError} with a line for each fault. */
export async function loadJobs(
  names: readonly string[],
  context: Pick<CliContext, 'folder' | 'stdin'>,
): Promise<FileJob[]> {
  const found: FoundJob[] = [];
  const faults: string[] = [];
  for (const name of new Set(names)) {
    try {
      found.push(...parseJobText(await readJobFile(name, context)));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      faults.push(error.message);
    }
  }
  const checked = checkJobs(found);
  faults.push(...checked.faults);
  if (faults.length > 0) throw new CommandError('usage', faults);
  return orderJobs(checked.jobs);
}
