import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { claimBatch, claimRuns } from './claim.ts';
import { aClaim, aJob, aRun, aWorker, databaseNow, openTestLedger, theRun } from './test-ledger.ts';

const { store } = await openTestLedger();
const jobCount = 3;

/** A run: which of the jobs, how late, and whether its batch ends with it. */
const offered = fc.record({
  job: fc.nat({ max: jobCount - 1 }),
  lateS: fc.integer({ min: 0, max: 5 }),
  endsBatch: fc.boolean(),
});

/** The same runs as rows of their own, in the order of admission. */
async function makeRuns(overlaps: readonly string[], runs: readonly { job: number; lateS: number }[]) {
  const jobs = await Promise.all(overlaps.map((overlap) => aJob(store, { overlap })));
  const now = await databaseNow(store);
  const ids: string[] = [];
  for (const { job, lateS } of runs) {
    const owner = jobs[job];
    if (owner !== undefined) ids.push(await aRun(store, owner, { dueAt: now - lateS * 1_000 }));
  }
  return ids;
}

async function statesOf(ids: readonly string[]): Promise<string[]> {
  const runs = await Promise.all(ids.map((id) => theRun(store, id)));
  return runs.map((run) => `${run.state} ${run.reason} ${run.attempt}`);
}

test.prop(
  [
    fc.array(fc.constantFrom('skip', 'allow'), { minLength: jobCount, maxLength: jobCount }),
    fc.array(offered, { minLength: 1, maxLength: 12 }),
  ],
  { numRuns: 25 },
)('TX-3 any split of the same runs into batches leaves the same rows', async (overlaps, unordered) => {
  const runs = unordered.toSorted((left, right) => right.lateS - left.lateS);
  const [together, apart] = [await makeRuns(overlaps, runs), await makeRuns(overlaps, runs)];
  const workerId = await aWorker(store);
  const claimAll = (ids: readonly string[]) =>
    claimRuns(
      store,
      workerId,
      ids.map((id) => aClaim(id)),
    );

  expect(together.length).toBeLessThanOrEqual(claimBatch);
  await claimAll(together.toReversed());
  let batch: string[] = [];
  for (const [index, id] of apart.entries()) {
    batch.push(id);
    if (runs[index]?.endsBatch !== true) continue;
    await claimAll(batch);
    batch = [];
  }
  await claimAll(batch);
  expect(await statesOf(apart)).toEqual(await statesOf(together));
});
