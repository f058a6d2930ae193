import { parentsOf } from '@flotilla/domain';
import { CommandError } from '../command-error.ts';
import type { FileJob } from './check-jobs.ts';

/**
 * Parents before children; otherwise the order of the files. Parents that are in no file are the server's to know.
 * Throws where jobs wait for each other in a circle.
 */
export function orderJobs<Job extends FileJob>(jobs: readonly Job[]): Job[] {
  const byId = new Map(jobs.map((job) => [job.document.id, job]));
  const ordered = new Set<Job>();
  for (const job of jobs) putBehindParents(job, []);
  return [...ordered];

  /** `below`: who waits for it, farthest first. */
  function putBehindParents(job: Job, below: readonly Job[]): void {
    if (ordered.has(job)) return;
    if (below.includes(job)) throw circle(below.slice(below.indexOf(job)));
    for (const parent of parentsOf(job.document.after ?? {})) {
      const known = byId.get(parent);
      if (known !== undefined) putBehindParents(known, [...below, job]);
    }
    ordered.add(job);
  }
}

function circle(chain: readonly FileJob[]): CommandError {
  const ids = chain.map(({ document }) => document.id);
  const path = [...ids, ids[0]].join(' → ');
  return new CommandError(
    'usage',
    `${chain[0]?.file ?? ''}: jobs wait for each other in a circle: ${path}: remove one "after"`,
  );
}
