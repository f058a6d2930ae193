import type { Evidence, RunRow } from '../evidence/evidence.ts';
import { creationMs, endsThatFire } from './check-requests.ts';
import { groupBy } from './group-by.ts';
import type { Violation } from './violation.ts';

function c1(subject: string, what: string): Violation {
  return { invariant: 'C1', subject, what };
}

/** C1: of a job that needs all of its parents: each set of ends of one root fires it once, and nothing else does. */
export function checkJoins({ jobs, revisions, runs }: Evidence): Violation[] {
  const byJob = groupBy(runs, ({ jobId }) => jobId);
  return jobs.flatMap(({ id, slug }) => {
    const first = revisions.find(({ jobId }) => jobId === id);
    const after = first?.document.after;
    if (first === undefined || after?.jobs === undefined || after.join !== 'all') return [];
    const states = endsThatFire[after.on] ?? [];
    const ends = jobs
      .filter((job) => after.jobs?.includes(job.slug) === true)
      .flatMap((job) => (byJob.get(job.id) ?? []).filter(({ state }) => states.includes(state)));
    const joined = (byJob.get(id) ?? []).filter(({ cause }) => cause === 'parent');
    const complete = [...groupBy(ends, ({ rootId }) => rootId).values()].filter(
      (set) => new Set(set.map(({ jobId }) => jobId)).size === after.jobs?.length,
    );
    const isSure = (set: readonly RunRow[]) =>
      set.every(({ settledAt }) => (settledAt ?? 0) > first.createdAt + creationMs);
    const fired = new Set(joined.map(({ parentIds }) => nameOf(parentIds ?? [])));
    const known = new Set(complete.map((set) => nameOf(set.map((run) => run.id))));
    return [
      ...complete
        .filter((set) => isSure(set) && !fired.has(nameOf(set.map((run) => run.id))))
        .map(([run]) =>
          c1(run?.rootId ?? '', `all parents of ${slug} ended below ${run?.rootId}, and it did not fire`),
        ),
      ...joined
        .filter(({ parentIds }) => !known.has(nameOf(parentIds ?? [])))
        .map((run) => c1(run.id, `run ${run.id} of ${slug} follows parents that do not belong together`)),
      ...(fired.size < joined.length ? [c1(slug, `a set of ends fired ${slug} more than once`)] : []),
    ];
  });
}

function nameOf(runIds: readonly string[]): string {
  return [...runIds].sort().join(' ');
}
