import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { handOutBounds, listWaitingPools, markHandedOut, poolLagMs, readHandOut } from './hand-out.ts';
import { settleAttempts } from './settle.ts';
import {
  listWaitingPools as listWaitingPoolsStatement,
  readHandOut as readHandOutStatement,
} from './sql/hand-out.ts';
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
import { registerWorker, sendBeat } from './workers.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;
const horizonMs = 60_000;

/** Each test has a pool of its own. */
async function aQueue() {
  const pool = await aPool(store);
  const job = await aJob(store, { pool, overlap: 'allow', retry: { attempts: 2, delay: '0s' } });
  const read = () => readHandOut(store, pool, horizonMs);
  return { pool, job, read };
}

async function handedOut(runId: string): Promise<boolean> {
  const [row] = await sql<{ out: boolean }>(
    'SELECT handed_out_at IS NOT NULL AS out FROM runs WHERE id = $1',
    [runId],
  );
  return row?.out ?? false;
}

test('HO-1 due runs and those within the horizon are handed out, oldest first; later ones are not', async () => {
  const { pool, job, read } = await aQueue();
  const now = await databaseNow(store);
  const due = await someRuns(store, job, 3, { pool });
  const soon = await aRun(store, job, { pool, dueAt: now + 30_000 });
  await aRun(store, job, { pool, dueAt: now + 2 * horizonMs });
  const handOuts = await read();
  expect(handOuts.map((handOut) => handOut.runId)).toEqual([...due, soon]);
  expect(handOuts[3]).toMatchObject({ attempt: 0, version: 1, dueAt: now + 30_000, epoch: 1 });
  expect(handOuts[0]?.now).toBeGreaterThanOrEqual(now);
});

test('ID-2 a number is used once, whatever becomes of the hand-out', async () => {
  const { pool, job, read } = await aQueue();
  await someRuns(store, job, 5, { pool });
  const numbers = [await read(), await read(), await readHandOut(ledger.another(), pool, horizonMs)]
    .flat()
    .map((handOut) => handOut.number);
  expect(numbers).toHaveLength(15);
  expect(new Set(numbers).size).toBe(15);
});

test('HO-2 what is marked is not handed out again', async () => {
  const { pool, job, read } = await aQueue();
  const [first] = await someRuns(store, job, 2, { pool });
  const handOuts = await read();
  await markHandedOut(
    store,
    handOuts.filter((handOut) => handOut.runId === first),
  );
  expect((await read()).map((handOut) => handOut.runId)).toEqual([handOuts[1]?.runId]);
  await markHandedOut(store, []);
});

test('HO-2 a run that has moved on since is not marked', async () => {
  const { pool, job, read } = await aQueue();
  const [workerId, runId] = [await aWorker(store, [pool]), await aRun(store, job)];
  const late = await read();
  await claim(store, workerId, aClaim(runId));
  await markHandedOut(store, late);
  await settleAttempts(store, [anEnd({ runId, attempt: 1, workerId }, { kind: 'exited', exitCode: 1 })]);
  await markHandedOut(store, late);
  expect(await handedOut(runId)).toBe(false);
  expect(await read()).toMatchObject([{ runId, attempt: 1, version: 3 }]);
});

test('HO-2 what was read in an earlier life of the queue is not marked', async () => {
  const { pool, job, read } = await aQueue();
  const runId = await aRun(store, job, { pool });
  const early = await read();
  await sql("UPDATE epochs SET epoch = epoch + 1 WHERE name = 'queue'");
  await markHandedOut(store, early);
  expect(await handedOut(runId)).toBe(false);
  await markHandedOut(store, await read());
  expect(await handedOut(runId)).toBe(true);
});

test('TX-2 a run that somebody holds is passed over by the mark, and holds up nobody', async () => {
  const { pool, job, read } = await aQueue();
  const [held = '', free = ''] = await someRuns(store, job, 2, { pool });
  const handOuts = await read();
  await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 FROM runs WHERE id = $1 FOR NO KEY UPDATE' }, [held]);
    await markHandedOut(store, handOuts);
  });
  expect([await handedOut(held), await handedOut(free)]).toEqual([false, true]);
});

test('HO-3 a run that is queued again is handed out anew', async () => {
  const { pool, job, read } = await aQueue();
  const [workerId, runId] = [await aWorker(store, [pool]), await aRun(store, job)];
  await markHandedOut(store, await read());
  expect(await handedOut(runId)).toBe(true);
  await claim(store, workerId, aClaim(runId));
  await settleAttempts(store, [anEnd({ runId, attempt: 1, workerId }, { kind: 'exited', exitCode: 1 })]);
  expect(await read()).toMatchObject([{ runId, attempt: 1 }]);
});

/** Fills a pool by SQL: `count` runs that are handed out, due `dueIn` from now. */
const fill = (pool: string, jobId: string, count: number, dueIn: string) =>
  sql(
    `INSERT INTO runs (id, job_id, cause, key, idempotency_key, due_at, state, pool, revision, handed_out_at)
     SELECT gen_random_uuid(), $2, 'manual', gen_random_uuid(), 'k', clock_timestamp() + $3::interval, 'queued', $1, 1,
       clock_timestamp()
     FROM generate_series(1, $4::int)`,
    [pool, jobId, dueIn, count],
  );

test('HO-4 due runs have a limit, future ones one of their own; a due run is never held back by them', async () => {
  const { perPool } = handOutBounds;
  const { pool, job, read } = await aQueue();
  const now = await databaseNow(store);
  const due = await someRuns(store, job, 3, { pool });
  const soon = await aRun(store, job, { pool, dueAt: now + 50_000 });
  await fill(pool, job.jobId, perPool, '40 s');
  expect((await read()).map((handOut) => handOut.runId)).toEqual(due);
  await fill(pool, job.jobId, perPool - 2, '-1 s');
  expect((await read()).map((handOut) => handOut.runId)).toEqual(due.slice(0, 2));
  await fill(pool, job.jobId, 2, '-1 s');
  expect(await read()).toEqual([]);
  await sql('DELETE FROM runs WHERE pool = $1 AND due_at > clock_timestamp() AND handed_out_at IS NOT NULL', [
    pool,
  ]);
  expect((await read()).map((handOut) => handOut.runId)).toEqual([soon]);
});

test('HO-4 due runs go by priority and then by age, future ones as they come', async () => {
  const { pool, job, read } = await aQueue();
  const now = await databaseNow(store);
  const [urgent, lazy] = await Promise.all(
    [100, -100].map((priority) => aJob(store, { pool, priority, overlap: 'allow' })),
  );
  if (urgent === undefined || lazy === undefined) throw new Error('two jobs were asked for');
  const [old, young] = await someRuns(store, lazy, 2);
  const plain = await someRuns(store, job, 2);
  const sooner = await aRun(store, urgent);
  const [next, later] = [
    await aRun(store, lazy, { dueAt: now + 20_000 }),
    await aRun(store, urgent, { dueAt: now + 30_000 }),
  ];
  const handOuts = await read();
  expect(handOuts.map(({ runId }) => runId)).toEqual([sooner, ...plain, old, young, next, later]);
  expect(handOuts.map(({ priority }) => priority)).toEqual([100, 0, 0, -100, -100, -100, 100]);
  expect(await listWaitingPools(store, horizonMs)).toContain(pool);
});

test('HO-4 where no job of a pool has a priority, none is given', async () => {
  const { job, read } = await aQueue();
  await aRun(store, job);
  expect(await read()).toMatchObject([{ priority: null }]);
});

test('one batch is bounded', async () => {
  const { pool, job, read } = await aQueue();
  await fill(pool, job.jobId, handOutBounds.batch + 1, '-1 s');
  await sql('UPDATE runs SET handed_out_at = NULL WHERE pool = $1', [pool]);
  expect(await read()).toHaveLength(handOutBounds.batch);
});

test('pools with something to hand out are listed, others are not', async () => {
  const { pool, job, read } = await aQueue();
  const later = await aQueue();
  await aRun(store, later.job, { pool: later.pool, dueAt: (await databaseNow(store)) + 2 * horizonMs });
  expect(await listWaitingPools(store, horizonMs)).not.toContain(pool);
  await aRun(store, job, { pool });
  expect(await listWaitingPools(store, horizonMs)).toContain(pool);
  expect(await listWaitingPools(store, horizonMs)).not.toContain(later.pool);
  await markHandedOut(store, await read());
  expect(await listWaitingPools(store, horizonMs)).not.toContain(pool);
});

test('HO-1 the lag of a pool is the largest of its living workers', async () => {
  const pool = randomUUID();
  expect(await poolLagMs(store, pool)).toBe(0);
  for (const lagMs of [40, 90, 20]) {
    const id = randomUUID();
    await registerWorker(store, { id, host: 'h', pid: 1, version: '0', pools: ['default', pool], slots: 1 });
    await sendBeat(store, { workerId: id, number: 1, inHand: 0, lagMs, draining: false });
  }
  expect(await poolLagMs(store, pool)).toBe(90);
  await sql(
    "UPDATE workers SET state = 'dead', death = 'silence', ended_at = clock_timestamp() WHERE lag_ms = 90",
  );
  expect(await poolLagMs(store, pool)).toBe(40);
});

test('handing out costs what is due, not what waits for later', async () => {
  const { pool, job } = await aQueue();
  await fill(pool, job.jobId, 20_000, '-1 day');
  await sql(`UPDATE runs SET state = 'succeeded', settled_at = now(), handed_out_at = NULL WHERE pool = $1`, [
    pool,
  ]);
  await fill(pool, job.jobId, 2_000, '1 day');
  await sql('UPDATE runs SET handed_out_at = NULL WHERE pool = $1', [pool]);
  await sql('ANALYZE runs');
  const texts = [
    listWaitingPoolsStatement.text.replace('$1', '60000'),
    readHandOutStatement.text
      .replaceAll('$1', `'${pool}'`)
      .replaceAll('$2', '500')
      .replaceAll('$3', '500')
      .replaceAll('$4', '60000'),
  ];
  for (const text of texts) {
    const plan = JSON.stringify(await sql(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`));
    const passedOver = [...plan.matchAll(/"Rows Removed by (?:Filter|Join Filter)":\s*(\d+)/g)];
    expect(Math.max(0, ...passedOver.map(([, rows]) => Number(rows)))).toBeLessThan(100);
  }
});
