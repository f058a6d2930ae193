import { fc, test } from '@fast-check/vitest';
import { overlaps } from '@flotilla/domain';
import { expect } from 'vitest';
import { claimBatch, claimRuns } from './claim.ts';
import { aClaim, aJob, aPool, aRun, aWorker, databaseNow, openTestLedger } from './test-ledger.ts';

const { store, sql } = await openTestLedger();
const jobCount = 3;

const policies = fc.record({
  overlap: fc.constantFrom(...overlaps),
  backlog: fc.constantFrom(1, 2, 25),
  priority: fc.constantFrom(0, 5),
});

/** A run: which of the jobs, how late, and whether its batch ends with it. */
const offered = fc.record({
  job: fc.nat({ max: jobCount - 1 }),
  lateS: fc.integer({ min: 0, max: 5 }),
  endsBatch: fc.boolean(),
});

interface Offered {
  readonly job: number;
  readonly lateS: number;
}

/** The same runs as rows of jobs of their own in a pool of their own, in their order; and a worker for them. */
async function makeRuns(jobPolicies: readonly object[], capacity: number | null, runs: readonly Offered[]) {
  const pool = await aPool(store, capacity);
  const jobs = await Promise.all(jobPolicies.map((fields) => aJob(store, { pool, ...fields })));
  const now = await databaseNow(store);
  const ids: string[] = [];
  for (const { job, lateS } of runs) {
    const owner = jobs[job];
    if (owner !== undefined) ids.push(await aRun(store, owner, { dueAt: now - lateS * 1_000 }));
  }
  const workerId = await aWorker(store, [pool]);
  const claim = (claimed: readonly string[]) =>
    claimRuns(
      store,
      workerId,
      claimed.map((id) => aClaim(id)),
    );
  return { ids, claim };
}

async function statesOf(ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string; is: string }>(
    `SELECT id, concat_ws(' ', state, reason, blocked_by, attempt, cancel_reason) AS is FROM runs
     WHERE id = ANY ($1::uuid[])`,
    [ids],
  );
  return ids.map((id) => rows.find((row) => row.id === id)?.is ?? '');
}

/** TX-3: by priority, due time and id; of one instant the earlier inserted has the lower id. */
function inOrder(runs: readonly (Offered & { endsBatch: boolean })[], jobs: readonly { priority: number }[]) {
  const priority = ({ job }: Offered) => jobs[job]?.priority ?? 0;
  return runs.toSorted((left, right) => priority(right) - priority(left) || right.lateS - left.lateS);
}

test.prop(
  [
    fc.array(policies, { minLength: jobCount, maxLength: jobCount }),
    fc.constantFrom(null, 1, 2, 4),
    fc.array(offered, { minLength: 1, maxLength: 12 }),
  ],
  { numRuns: 20 },
)('TX-3 any split of the same runs into batches leaves the same rows', async (jobs, capacity, unordered) => {
  const runs = inOrder(unordered, jobs);
  const together = await makeRuns(jobs, capacity, runs);
  const apart = await makeRuns(jobs, capacity, runs);

  expect(together.ids.length).toBeLessThanOrEqual(claimBatch);
  await together.claim(together.ids.toReversed());
  let batch: string[] = [];
  for (const [index, id] of apart.ids.entries()) {
    batch.push(id);
    if (runs[index]?.endsBatch !== true) continue;
    await apart.claim(batch);
    batch = [];
  }
  await apart.claim(batch);
  expect(await statesOf(apart.ids)).toEqual(await statesOf(together.ids));
});
