import { CommandError } from '../command-error.ts';
import type { FileJob } from './check-jobs.ts';

/**
 * Parents before children; otherwise the order of the files. Parents that are in no file are the server's to know.
 * Throws where jobs wait for each other in a circle.
 */
export function orderJobs<Job extends FileJob>(jobs: readonly Job[]): Job[] {
  const byId = new Map(jobs.map((job) => [job.document.id, job]));
  const ordered = new Set<Job>();
  for (const job of jobs) {
    const chain: Job[] = [];
    for (
      let next: Job | undefined = job;
      next !== undefined && !ordered.has(next);
      next = parentOf(next, byId)
    ) {
      if (chain.includes(next)) throw circle(chain.slice(chain.indexOf(next)));
      chain.push(next);
    }
    for (const link of chain.reverse()) ordered.add(link);
  }
  return [...ordered];
}

function parentOf<Job extends FileJob>({ document }: Job, byId: ReadonlyMap<string, Job>): Job | undefined {
  return document.after === undefined ? undefined : byId.get(document.after.job);
}

function circle(chain: readonly FileJob[]): CommandError {
  const ids = chain.map(({ document }) => document.id);
  const path = [...ids, ids[0]].join(' → ');
  return new CommandError(
    'usage',
    `${chain[0]?.file ?? ''}: jobs wait for each other in a circle: ${path}: remove one "after"`,
  );
}
