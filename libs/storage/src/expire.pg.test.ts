import { expect, test } from 'vitest';
import { expireRuns } from './expire.ts';
import {
  aClaim,
  aJob,
  aRun,
  aWorker,
  claim,
  eventTypesOf,
  openTestLedger,
  someRuns,
  theRun,
} from './test-ledger.ts';

const { store, sql } = await openTestLedger();

const expired = { state: 'expired', reason: 'start_deadline', attempt: 0 };

async function pastDeadline(...runIds: readonly string[]): Promise<void> {
  await sql("UPDATE runs SET start_by = clock_timestamp() - interval '1 s' WHERE id = ANY ($1::uuid[])", [
    runIds,
  ]);
}

test('a run that nobody has started by its deadline expires, queued or blocked', async () => {
  const [job, workerId] = await Promise.all([
    aJob(store, { overlap: 'queue', startWithin: '1h' }),
    aWorker(store),
  ]);
  const [running = '', blocked = '', queued = '', early = ''] = await someRuns(store, job, 4);
  for (const runId of [running, blocked]) await claim(store, workerId, aClaim(runId));
  await pastDeadline(running, blocked, queued);
  expect(await expireRuns(store)).toEqual({ expired: 2, more: false });
  for (const runId of [blocked, queued]) expect(await theRun(store, runId)).toMatchObject(expired);
  expect(await theRun(store, running)).toMatchObject({ state: 'running' });
  expect(await theRun(store, early)).toMatchObject({ state: 'queued' });
  expect(await eventTypesOf(store, blocked)).toEqual(['run.queued', 'run.blocked', 'run.expired']);
  expect(await expireRuns(store)).toEqual({ expired: 0, more: false });
});

test('a run has its deadline from its insertion: so long after it was due as its job says', async () => {
  const runId = await aRun(store, await aJob(store, { startWithin: '90s' }));
  const [row] = await sql<{ ms: number }>(
    'SELECT extract(epoch FROM start_by - due_at)::int * 1000 AS ms FROM runs WHERE id = $1',
    [runId],
  );
  expect(row?.ms).toBe(90_000);
});

test.each(['allow', 'skip'])('AD-1 a claim starts nothing behind its deadline (%s)', async (overlap) => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap }), aWorker(store)]);
  const runId = await aRun(store, job);
  await pastDeadline(runId);
  expect(await claim(store, workerId, aClaim(runId))).toEqual({ kind: 'settled', state: 'expired' });
  expect(await theRun(store, runId)).toMatchObject(expired);
});

test('AD-2 a run that has started has no start deadline any more', async () => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap: 'allow' }), aWorker(store)]);
  const runId = await aRun(store, job);
  await sql('UPDATE runs SET attempt = 1 WHERE id = $1', [runId]);
  await pastDeadline(runId);
  expect(await expireRuns(store)).toEqual({ expired: 0, more: false });
  expect(await claim(store, workerId, aClaim(runId, 1))).toMatchObject({ kind: 'started' });
});

test('GA-1 what waited behind a run that expires goes on', async () => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap: 'queue' }), aWorker(store)]);
  const [first = '', second = ''] = await someRuns(store, job, 2);
  await sql(
    `UPDATE runs SET held_until = clock_timestamp() + interval '4 s', start_by = clock_timestamp() - interval '1 ms'
     WHERE id = $1`,
    [first],
  );
  expect(await claim(store, workerId, aClaim(second))).toEqual({ kind: 'waits' });
  expect(await expireRuns(store)).toMatchObject({ expired: 1 });
  expect(await theRun(store, second)).toMatchObject({ state: 'queued' });
});
