import { randomUUID } from 'node:crypto';
import { defaultPool } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { deleteJob } from './delete-job.ts';
import { putJob } from './jobs.ts';
import { deletePool, getPool, listPoolNames, listPools, maxPools, nearestPool, putPool } from './pools.ts';
import { settleAttempts } from './settle.ts';
import { deletePool as deletePoolStatement, lockPoolForDelete, lockPoolForJob } from './sql/pools.ts';
import { lockGates } from './sql/standings.ts';
import {
  aClaim,
  aDocument,
  aJob,
  anEnd,
  aRun,
  claim,
  databaseNow,
  openTestLedger,
  someRuns,
  untilWaiting,
} from './test-ledger.ts';
import { registerWorker } from './workers.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;

const aName = () => `pool-${randomUUID()}`;

async function aPool(capacity: number | null = null): Promise<string> {
  const name = aName();
  await putPool(store, { name, capacity });
  return name;
}

async function aWorkerOf(...pools: string[]): Promise<string> {
  const id = randomUUID();
  await registerWorker(store, { id, host: 'here', pid: 1, version: '0', pools, slots: 3 });
  return id;
}

test('the pool of jobs that name none is there, without a cap', async () => {
  expect(await getPool(store, defaultPool)).toMatchObject({ capacity: null });
  expect(await deletePool(store, defaultPool)).toEqual({ kind: 'is_default' });
});

test('a pool is created, changed, left alone, deleted', async () => {
  const name = aName();
  expect(await getPool(store, name)).toBeNull();
  expect(await putPool(store, { name, capacity: null })).toMatchObject({
    kind: 'created',
    pool: { name, capacity: null, running: 0, waiting: 0, due: 0, workers: 0, slots: 0 },
  });
  expect(await putPool(store, { name, capacity: 5 })).toMatchObject({
    kind: 'changed',
    pool: { capacity: 5 },
  });
  expect(await putPool(store, { name, capacity: 5 })).toMatchObject({ kind: 'unchanged' });
  expect(await listPoolNames(store)).toContain(name);
  expect(await deletePool(store, name)).toEqual({ kind: 'deleted' });
  expect(await deletePool(store, name)).toEqual({ kind: 'not_found' });
  expect(await sql('SELECT 1 FROM gates WHERE id = $1', [`pool:${name}`])).toEqual([]);
});

test('a pool tells what is at work in it, what waits for room, what is due, and who serves it', async () => {
  const pool = await aPool(1);
  const worker = await aWorkerOf(pool, defaultPool);
  await aWorkerOf(defaultPool);
  const job = await aJob(store, { pool, overlap: 'allow' });
  const [first = '', second = ''] = await someRuns(store, job, 3, { pool });
  await aRun(store, job, { pool, dueAt: (await databaseNow(store)) + 60_000 });
  expect(await claim(store, worker, aClaim(first))).toMatchObject({ kind: 'started' });
  expect(await claim(store, worker, aClaim(second))).toEqual({ kind: 'waits' });
  const shown = { name: pool, running: 1, waiting: 1, due: 1, workers: 1, slots: 3 };
  expect(await getPool(store, pool)).toMatchObject(shown);
  expect((await listPools(store)).find(({ name }) => name === pool)).toMatchObject(shown);
});

test('a pool that jobs or open runs use stays, and says which', async () => {
  const pool = await aPool();
  const job = await aJob(store, { pool, overlap: 'allow' });
  const worker = await aWorkerOf(pool);
  const run = await aRun(store, job, { pool });
  await claim(store, worker, aClaim(run));
  expect(await deletePool(store, pool)).toEqual({
    kind: 'in_use',
    jobs: [job.slug],
    jobCount: 1,
    runCount: 1,
  });
  await putJob(store, { document: aDocument({ id: job.slug }), actor: 'test' });
  expect(await deletePool(store, pool)).toEqual({ kind: 'in_use', jobs: [], jobCount: 0, runCount: 1 });
  await settleAttempts(store, [anEnd({ runId: run, attempt: 1, workerId: worker })]);
  expect(await deletePool(store, pool)).toEqual({ kind: 'deleted' });
});

test('deleted jobs keep no pool', async () => {
  const pool = await aPool();
  const { slug } = await aJob(store, { pool });
  await deleteJob(store, slug, { actor: 'test', detach: false });
  expect(await deletePool(store, pool)).toEqual({ kind: 'deleted' });
});

test('there are no more pools than there may be', async () => {
  await sql("INSERT INTO pools (name) SELECT 'many-' || n FROM generate_series(1, $1::int) AS n", [maxPools]);
  expect(await putPool(store, { name: aName(), capacity: 1 })).toEqual({ kind: 'too_many' });
  expect(await putPool(store, { name: 'many-1', capacity: 1 })).toMatchObject({ kind: 'changed' });
  await sql("DELETE FROM pools WHERE name LIKE 'many-%'");
});

test('a job of an unknown pool is refused, with the pool that was probably meant', async () => {
  await putPool(store, { name: 'browsers', capacity: 2 });
  const id = randomUUID();
  const put = (pool: string) => putJob(store, { document: aDocument({ id, pool }), actor: 'test' });
  const refusal = {
    kind: 'invalid',
    errors: [
      {
        path: 'pool',
        value: 'brwosers',
        nearest: 'browsers',
        message: 'no pool "brwosers": did you mean "browsers"?',
      },
    ],
  };
  expect(await put('brwosers')).toEqual(refusal);
  await put('browsers');
  expect(await put('brwosers')).toEqual(refusal);
  expect(await put('zzzz')).toEqual({
    kind: 'invalid',
    errors: [
      { path: 'pool', value: 'zzzz', message: 'no pool "zzzz": make it with "flotilla pools set zzzz"' },
    ],
  });
  expect(await nearestPool(store, 'browser')).toBe('browsers');
});

test('a job that comes while its pool is deleted is refused, and not failed by the database', async () => {
  const pool = await aPool();
  const putting = await store.transaction(async (session) => {
    await session.ask(lockPoolForDelete, [pool]);
    const waiting = putJob(ledger.another(), { document: aDocument({ pool }), actor: 'test' });
    await untilWaiting(ledger, 1);
    await session.ask(deletePoolStatement, [pool, defaultPool]);
    return { waiting };
  });
  expect(await putting.waiting).toMatchObject({ kind: 'invalid', errors: [{ path: 'pool', value: pool }] });
});

test('a pool that is being deleted waits for the job that was put into it before', async () => {
  const pool = await aPool();
  const job = aDocument({ pool });
  const deleting = await store.transaction(async (session) => {
    await session.ask(lockPoolForJob, [pool]);
    const waiting = deletePool(ledger.another(), pool);
    await untilWaiting(ledger, 1);
    await sql(
      "INSERT INTO jobs (id, slug, revision, version, enabled, overlap, pool) VALUES ($1, $2, 1, 0, true, 'skip', $3)",
      [randomUUID(), job.id, pool],
    );
    return { waiting };
  });
  expect(await deleting.waiting).toMatchObject({ kind: 'in_use', jobs: [job.id] });
});

test('GA-1 a cap waits for those who count, and they count against it from then on', async () => {
  const pool = await aPool(2);
  const worker = await aWorkerOf(pool);
  const job = await aJob(store, { pool, overlap: 'allow' });
  const [first = '', second = ''] = await someRuns(store, job, 2, { pool });
  const changing = await store.transaction(async (session) => {
    await session.ask(lockGates, [[first]]);
    const waiting = putPool(ledger.another(), { name: pool, capacity: 1 });
    await untilWaiting(ledger, 1);
    return { waiting };
  });
  expect(await changing.waiting).toMatchObject({ kind: 'changed' });
  expect(await claim(store, worker, aClaim(first))).toMatchObject({ kind: 'started' });
  expect(await claim(store, worker, aClaim(second))).toEqual({ kind: 'waits' });
});
