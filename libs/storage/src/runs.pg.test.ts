import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { requestCancel } from './cancel.ts';
import { deleteJob } from './delete-job.ts';
import { setJobEnabled } from './jobs.ts';
import { BadCursor, encodeCursor } from './page.ts';
import { findRuns, getRun, getRunProgress, listRuns, type RunFilter } from './runs.ts';
import { startManualRun } from './start-manual-run.ts';
import {
  aClaim,
  aJob,
  aRun,
  atWork,
  aWorker,
  claim,
  databaseNow,
  eventTypesOf,
  openTestLedger,
  someRuns,
  theRun,
} from './test-ledger.ts';

const ledger = await openTestLedger();
const { store } = ledger;
const actor = 'test';

async function allIds(filter: Omit<RunFilter, 'limit' | 'cursor'>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listRuns>> = await listRuns(store, {
      ...filter,
      limit: 2,
      ...(cursor === null ? {} : { cursor }),
    });
    ids.push(...page.items.map((run) => run.id));
    cursor = page.next;
  } while (cursor !== null);
  return ids;
}

test('ID-1 a repeated key answers with the first run, also where both come at once', async () => {
  const job = await aJob(store);
  const stores = [store, ledger.another(), ledger.another()];
  const results = await Promise.all(stores.map((on) => startManualRun(on, job.slug, { key: 'mine', actor })));
  expect(results.map((result) => result.kind).sort()).toEqual(['created', 'repeated', 'repeated']);
  const ids = results.map((result) => (result.kind === 'not_found' ? '' : result.run.id));
  expect(new Set(ids).size).toBe(1);
  expect(await eventTypesOf(store, ids[0] ?? '')).toEqual(['run.queued']);
});

test('without a key each start is a run of its own, due at once, on disabled jobs too', async () => {
  const job = await aJob(store);
  await setJobEnabled(store, job.slug, { enabled: false, actor });
  const [first, second] = [
    await startManualRun(store, job.slug, { key: null, actor }),
    await startManualRun(store, job.slug, { key: null, actor }),
  ];
  expect([first.kind, second.kind]).toEqual(['created', 'created']);
  const ids = await allIds({ job: job.slug });
  expect(ids).toHaveLength(2);
  const run = await theRun(store, ids[0] ?? '');
  expect(run).toMatchObject({ cause: 'manual', state: 'queued', tickAt: null, revision: 2 });
  expect(run.dueAt).toBeLessThanOrEqual(await databaseNow(store));
  expect(run.idempotencyKey).toMatch(/^[0-9a-f]{32}$/);
});

test('nobody starts a run of a job that is not there', async () => {
  const { slug } = await aJob(store);
  await deleteJob(store, slug, { actor, detach: false });
  expect(await startManualRun(store, slug, { key: null, actor })).toEqual({ kind: 'not_found' });
});

test('a waiting run is cancelled at once, a settled one stays as it is', async () => {
  const job = await aJob(store);
  const runId = await aRun(store, job);
  expect(await requestCancel(store, runId)).toMatchObject({
    kind: 'settled',
    run: { state: 'cancelled', reason: 'requested' },
  });
  expect(await requestCancel(store, runId)).toMatchObject({ kind: 'already_settled' });
  expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.cancelled']);
  expect(await requestCancel(store, randomUUID())).toEqual({ kind: 'not_found' });
});

test('CN-1 a run at work is asked to end, and goes on until its worker settles it', async () => {
  const { runId } = (await atWork(store, await aJob(store)))({ kind: 'cancelled' });
  const first = await requestCancel(store, runId);
  expect(first).toMatchObject({ kind: 'requested', run: { state: 'running' } });
  const again = await requestCancel(store, runId);
  expect(again).toEqual(first);
  expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.started', 'run.cancel_requested']);
});

test('a claim and a cancel at once: the run is cancelled, or at work and asked to end', async () => {
  const workerId = await aWorker(store);
  const other = ledger.another();
  for (let round = 0; round < 20; round++) {
    const runId = await aRun(store, await aJob(store));
    const [cancelled, claimed] = await Promise.all([
      requestCancel(other, runId),
      claim(store, workerId, aClaim(runId)),
    ]);
    const { state, cancelRequestedAt } = await theRun(store, runId);
    expect(cancelRequestedAt).not.toBeNull();
    expect([cancelled.kind, state, claimed.kind === 'started']).toEqual(
      cancelled.kind === 'requested' ? ['requested', 'running', true] : ['settled', 'cancelled', false],
    );
  }
});

test('runs are listed newest due first, page by page, by what is asked', async () => {
  const job = await aJob(store, { overlap: 'allow' });
  const now = await databaseNow(store);
  const ids = [...(await someRuns(store, job, 5)), ...(await someRuns(store, job, 3, { dueAt: now }))];
  const newest = (await allIds({ job: job.slug })).reverse();
  expect(newest).toEqual(ids);
  await requestCancel(store, ids[2] ?? '');
  expect(await allIds({ job: job.slug, state: 'cancelled' })).toEqual([ids[2]]);
  expect(await allIds({ job: job.slug, reason: 'requested' })).toEqual([ids[2]]);
  expect(await allIds({ job: job.slug, since: now })).toEqual(ids.slice(5).reverse());
  expect(await allIds({ job: 'nobody' })).toEqual([]);
});

test('ID-3 a slug finds the runs of every job that had it', async () => {
  const first = await aJob(store);
  const before = await aRun(store, first);
  await deleteJob(store, first.slug, { actor, detach: false });
  const after = await aRun(store, await aJob(store, { id: first.slug }));
  expect((await allIds({ job: first.slug })).sort()).toEqual([before, after].sort());
});

test('a run is found by the end of its id', async () => {
  const runId = await aRun(store, await aJob(store));
  expect(await findRuns(store, runId.slice(-8))).toMatchObject([{ id: runId }]);
  expect(await findRuns(store, runId.toUpperCase())).toMatchObject([{ id: runId }]);
  expect(await findRuns(store, 'abc')).toEqual([]);
  expect(await findRuns(store, '%%%%')).toEqual([]);
  expect(await getRun(store, randomUUID())).toBeNull();
});

test.each([
  ['not base64', '%%%'],
  ['of another list', encodeCursor({ at: 0, id: 'nightly-report' })],
  ['of no time', Buffer.from(`9999999999999999 ${randomUUID()}`).toString('base64url')],
])('a cursor that is %s is refused', async (_, cursor) => {
  await expect(listRuns(store, { limit: 1, cursor })).rejects.toBeInstanceOf(BadCursor);
});

test('how far a run is can be asked of its row alone', async () => {
  const { runId } = (await atWork(store, await aJob(store)))({ kind: 'exited', exitCode: 0 });
  expect(await getRunProgress(store, runId)).toEqual({ state: 'running', reason: null, attempt: 1 });
  expect(await getRunProgress(store, randomUUID())).toBeNull();
});
