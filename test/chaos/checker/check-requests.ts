import { isSettled, type RunState } from '@flotilla/domain';
import type { Evidence } from '../evidence/evidence.ts';
import { groupBy } from './group-by.ts';
import type { Violation } from './violation.ts';

/** C1: whatever was taken on is in the ledger once, and has come to an end. */
export function checkRequests(evidence: Evidence): Violation[] {
  return [...checkEnds(evidence), ...checkStarts(evidence), ...checkChildren(evidence)];
}

function c1(subject: string, what: string): Violation {
  return { invariant: 'C1', subject, what };
}

function checkEnds({ runs }: Evidence): Violation[] {
  return runs
    .filter(({ state }) => !isSettled(state as RunState))
    .map(({ id, cause, state, attempt }) =>
      c1(id, `run ${id} (${cause}) never came to an end: ${state} after ${attempt} attempts`),
    );
}

/** A run that a client was told of is there, and as it was told; a key that came again gave the first run. */
function checkStarts({ history, runs }: Evidence): Violation[] {
  const ids = new Set(runs.map(({ id }) => id));
  const starts = history.filter((entry) => entry.op === 'asked' && entry.what === 'start');
  const taken = starts.flatMap((entry) =>
    entry.op === 'asked' && entry.run !== undefined && entry.status !== null && entry.status < 300
      ? [{ run: entry.run, key: entry.key }]
      : [],
  );
  const cancelled = history.flatMap((entry) =>
    entry.op === 'asked' && entry.what === 'cancel' && entry.state === 'cancelled' ? [entry.run ?? ''] : [],
  );
  const states = new Map(runs.map(({ id, state }) => [id, state]));
  const lost = [...new Set(taken.map(({ run }) => run))].filter((run) => !ids.has(run));
  const keyed = groupBy(
    taken.filter(({ key }) => key !== undefined),
    ({ key }) => key,
  );
  const doubled = [...keyed].filter(([, answers]) => new Set(answers.map(({ run }) => run)).size > 1);
  return [
    ...cancelled
      .filter((run) => states.get(run) !== 'cancelled')
      .map((run) => c1(run, `run ${run} was told to be cancelled, and the ledger says "${states.get(run)}"`)),
    ...lost.map((run) => c1(run, `run ${run} was promised to a client and is not in the ledger`)),
    ...doubled.map(([key]) => c1(String(key), `the idempotency key ${key} gave several runs`)),
  ];
}

export const endsThatFire: Readonly<Record<string, readonly string[]>> = {
  success: ['succeeded'],
  failure: ['failed', 'timed_out', 'interrupted'],
  complete: ['succeeded', 'failed', 'timed_out', 'interrupted'],
};

/** A parent's end while a child job is about to be created is on neither side of it for sure. */
export const creationMs = 15_000;

/** Each end of a parent that fires its child has one run of the child, and no child's run has another reason to be. */
function checkChildren({ jobs, revisions, runs }: Evidence): Violation[] {
  const wrong: Violation[] = [];
  const childRuns = groupBy(runs, ({ jobId }) => jobId);
  const byId = new Map(runs.map((run) => [run.id, run]));
  for (const child of jobs.filter(({ deletedAt }) => deletedAt === null)) {
    const [first] = revisions.filter(({ jobId }) => jobId === child.id);
    const after = first?.document.after;
    const parent = jobs.find(({ slug }) => slug === after?.job);
    if (first === undefined || after === undefined || parent === undefined || after.jobs !== undefined)
      continue;
    const fires = endsThatFire[after.on] ?? [];
    const own = (childRuns.get(child.id) ?? []).filter(({ cause }) => cause === 'parent');
    const fired = new Set(own.map(({ parentId }) => parentId));
    for (const { id, state, settledAt } of childRuns.get(parent.id) ?? []) {
      const isFired = fires.includes(state) && (settledAt ?? 0) > first.createdAt + creationMs;
      if (isFired && !fired.has(id))
        wrong.push(c1(id, `run ${id} ended as ${state} and did not fire ${child.slug}`));
    }
    for (const run of own) {
      const state = byId.get(run.parentId ?? '')?.state ?? 'unknown';
      if (!fires.includes(state))
        wrong.push(c1(run.id, `run ${run.id} of ${child.slug} follows an end as ${state}`));
    }
    if (fired.size < own.length) wrong.push(c1(child.slug, `an end fired ${child.slug} more than once`));
  }
  return wrong;
}
