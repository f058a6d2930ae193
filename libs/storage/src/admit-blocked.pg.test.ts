import { beforeEach, expect, test } from 'vitest';
import { admitBlocked, admitBlockedBatch } from './admit-blocked.ts';
import { claimRuns } from './claim.ts';
import { deleteJob } from './delete-job.ts';
import { putPool } from './pools.ts';
import { settleAttempts } from './settle.ts';
import {
  aClaim,
  aJob,
  anEnd,
  aPool,
  aRun,
  aWorker,
  claim,
  databaseNow,
  openTestLedger,
  someRuns,
} from './test-ledger.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;

/** A step looks at the whole ledger: nothing waits when a test begins. */
beforeEach(async () => {
  await sql("DELETE FROM runs WHERE state IN ('queued', 'blocked')");
});

async function statesOf(runIds: readonly string[]): Promise<(string | undefined)[]> {
  const rows = await sql<{ id: string; state: string }>(
    'SELECT id, state FROM runs WHERE id = ANY ($1::uuid[])',
    [runIds],
  );
  return runIds.map((id) => rows.find((row) => row.id === id)?.state);
}

/** Blocked as by a claim, `by` what. */
async function block(runIds: readonly string[], by: 'overlap' | 'pool' = 'pool'): Promise<void> {
  await sql(
    `UPDATE runs SET state = 'blocked', blocked_by = $2, has_waited = true, version = version + 1
     WHERE id = ANY ($1::uuid[])`,
    [runIds, by],
  );
}

test('GA-2 what waits for room goes on, oldest first, as many as there are rooms', async () => {
  const pool = await aPool(store, 2);
  const jobs = await Promise.all(Array.from({ length: 4 }, () => aJob(store, { pool, overlap: 'queue' })));
  const runIds: string[] = [];
  const now = await databaseNow(store);
  for (const [index, job] of jobs.entries())
    runIds.push(await aRun(store, job, { dueAt: now - 9_000 + index }));
  await block(runIds);
  expect(await admitBlocked(store)).toEqual({ admitted: 2, more: false });
  expect(await statesOf(runIds)).toEqual(['queued', 'queued', 'blocked', 'blocked']);
  expect(await admitBlocked(store), 'their rooms are held').toEqual({ admitted: 0, more: false });
});

test('GA-2 none is hidden behind many whose job has a run that waits for room before them', async () => {
  const pool = await aPool(store, 1);
  const workerId = await aWorker(store, [pool]);
  const taker = await aJob(store, { pool, overlap: 'allow' });
  await claim(store, workerId, aClaim(await aRun(store, taker)));
  for (let count = 0; count <= admitBlockedBatch; count += 1) {
    const crowded = await aJob(store, { pool, overlap: 'queue' });
    const [first = '', second = ''] = await someRuns(store, crowded, 2);
    await block([first]);
    await block([second], 'overlap');
  }
  const last = await aRun(store, await aJob(store, { overlap: 'queue' }));
  await block([last], 'overlap');
  expect(await admitBlocked(store)).toMatchObject({ admitted: 1 });
  expect(await statesOf([last])).toEqual(['queued']);
});

test('GA-2 room that an end has left to a run of another gated job is given', async () => {
  const pool = await aPool(store, 1);
  const workerId = await aWorker(store, [pool]);
  const running = await aRun(store, await aJob(store, { pool, overlap: 'skip' }));
  const waiting = await aRun(store, await aJob(store, { pool, overlap: 'queue' }));
  for (const runId of [running, waiting]) await claim(store, workerId, aClaim(runId));
  await settleAttempts(store, [anEnd({ runId: running, attempt: 1, workerId })]);
  expect(await statesOf([waiting])).toEqual(['blocked']);
  expect(await admitBlocked(store)).toMatchObject({ admitted: 1 });
  expect(await statesOf([waiting])).toEqual(['queued']);
});

test('AD-6 what waits behind a run of a deleted job goes on, and what waits of that job is cancelled', async () => {
  const pool = await aPool(store, 1);
  const workerId = await aWorker(store, [pool]);
  const [doomed, other] = [
    await aJob(store, { pool, overlap: 'queue' }),
    await aJob(store, { pool, overlap: 'allow' }),
  ];
  const [running = '', blocked = ''] = await someRuns(store, doomed, 2);
  const next = await aRun(store, other);
  for (const runId of [running, blocked, next]) await claim(store, workerId, aClaim(runId));
  expect(await statesOf([running, blocked, next])).toEqual(['running', 'blocked', 'blocked']);
  expect(await deleteJob(store, doomed.slug, { actor: 'test', detach: false })).toEqual({ kind: 'deleted' });
  expect(await statesOf([blocked])).toEqual(['cancelled']);
  await settleAttempts(store, [anEnd({ runId: running, attempt: 1, workerId })]);
  expect(await statesOf([next])).toEqual(['queued']);
});

test('none is hidden behind many that wait for a busy job', async () => {
  const workerId = await aWorker(store);
  const busy = await aJob(store, { overlap: 'queue', backlog: 1_000 });
  const [running = '', ...waiting] = await someRuns(store, busy, admitBlockedBatch + 2);
  await claim(store, workerId, aClaim(running));
  await block(waiting, 'overlap');
  const idle = await aRun(store, await aJob(store, { overlap: 'queue' }));
  await block([idle], 'overlap');
  expect(await admitBlocked(store)).toMatchObject({ admitted: 1 });
  expect(await statesOf([idle])).toEqual(['queued']);
});

test('GA-2 a busy gate ends the step for its pool alone, and is no error', async () => {
  const [held, free] = await Promise.all([aPool(store, 1), aPool(store, 1)]);
  const runIds = await Promise.all(
    [held, free].map(async (pool) => aRun(store, await aJob(store, { pool, overlap: 'allow' }))),
  );
  await block(runIds);
  await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 FROM gates WHERE id = $1 FOR NO KEY UPDATE' }, [
      `pool:${held}`,
    ]);
    expect(await admitBlocked(store)).toMatchObject({ admitted: 1 });
  });
  expect(await statesOf(runIds)).toEqual(['blocked', 'queued']);
  expect(await admitBlocked(store)).toMatchObject({ admitted: 1 });
});

test('TX-2 a run that somebody holds is passed over', async () => {
  const runId = await aRun(store, await aJob(store, { overlap: 'queue' }));
  await block([runId], 'overlap');
  await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 FROM runs WHERE id = $1 FOR UPDATE' }, [runId]);
    expect(await admitBlocked(store)).toMatchObject({ admitted: 0 });
  });
  expect(await admitBlocked(store)).toMatchObject({ admitted: 1 });
});

test.each([
  ['its cap is taken', null],
  ['its cap is raised', 4],
])('what waits for room in a pool goes on when %s', async (_, capacity) => {
  const pool = await aPool(store, 1);
  const runIds = await someRuns(store, await aJob(store, { pool, overlap: 'allow' }), 3);
  await block(runIds);
  await putPool(store, { name: pool, capacity });
  expect(await admitBlocked(store)).toMatchObject({ admitted: 3 });
});

test.each(['allow', 'skip'])(
  'what waits for others goes on when its job is edited to %s',
  async (overlap) => {
    const [job, workerId] = await Promise.all([aJob(store, { overlap: 'queue' }), aWorker(store)]);
    const [running = '', ...waiting] = await someRuns(store, job, 3);
    await claimRuns(
      store,
      workerId,
      [running, ...waiting].map((runId) => aClaim(runId)),
    );
    expect(await statesOf(waiting)).toEqual(['blocked', 'blocked']);
    await sql('UPDATE jobs SET overlap = $2 WHERE id = $1', [job.jobId, overlap]);
    expect(await admitBlocked(store)).toMatchObject({ admitted: 2 });
    const kind = overlap === 'allow' ? 'started' : 'settled';
    for (const runId of waiting) expect(await claim(store, workerId, aClaim(runId))).toMatchObject({ kind });
  },
);
