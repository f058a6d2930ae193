import { beforeEach, expect, test } from 'vitest';
import { type HandOut, markHandedOut, readHandOut } from './hand-out.ts';
import {
  clearMarks,
  finishClearing,
  listConsumedPools,
  loseMarks,
  type Position,
  raiseQueueEpoch,
  readOverdue,
  readQueueLife,
  rebuildBounds,
  recordTide,
} from './rebuild.ts';
import { readOverdue as readOverdueStatement } from './sql/rebuild.ts';
import {
  aClaim,
  aJob,
  aWorker,
  claim,
  databaseNow,
  openTestLedger,
  someRuns,
  untilWaiting,
} from './test-ledger.ts';

const ledger = await openTestLedger();
const { store, another, sql } = ledger;
const job = await aJob(store, { overlap: 'allow' });
const pool = 'default';

beforeEach(async () => {
  await sql('DELETE FROM attempts');
  await sql('DELETE FROM runs');
  await sql("UPDATE epochs SET epoch = 1, tide = 0, cleared = 1 WHERE name = 'queue'");
});

const lateMs = rebuildBounds.overdueMs + 1_000;

/** Runs due for a while that are handed out, as the hand-out read them. */
async function handedOut(count: number, late = lateMs): Promise<HandOut[]> {
  await someRuns(store, job, count, { dueAt: (await databaseNow(store)) - late });
  const handOuts = await readHandOut(store, pool, 0);
  await markHandedOut(store, handOuts);
  return handOuts;
}

async function countMarks(): Promise<number> {
  const [row] = await sql<{ count: number }>(
    'SELECT count(*) AS count FROM runs WHERE handed_out_at IS NOT NULL',
  );
  return row?.count ?? -1;
}

/** Fills by SQL: `count` runs, overdue and handed out. */
const fill = (count: number, into = pool) =>
  sql(
    `INSERT INTO runs (id, job_id, cause, key, idempotency_key, due_at, state, pool, revision, handed_out_at, hand_out)
     SELECT gen_random_uuid(), $1, 'manual', gen_random_uuid(), gen_random_uuid(), clock_timestamp() - interval '1 min',
       'queued', $2, 1, clock_timestamp(), nextval('hand_outs') FROM generate_series(1, $3::int)`,
    [job.jobId, into, count],
  );

test('RB-3 a new life is later than any that Redis knows of, and is raised once', async () => {
  await recordTide(store, 1, 8);
  expect(await readQueueLife(store)).toEqual({ epoch: 1, tide: 8, cleared: 1 });
  const raised = await Promise.all([raiseQueueEpoch(store, 1, 0), raiseQueueEpoch(another(), 1, 0)]);
  expect(raised.toSorted()).toEqual([2, null]);
  expect(await readQueueLife(store)).toEqual({ epoch: 2, tide: 0, cleared: 1 });
  expect(await raiseQueueEpoch(store, 2, 7)).toBe(8);
});

test('RB-3 the number of a life rises, and that of a former one is not recorded', async () => {
  await recordTide(store, 1, 8);
  await recordTide(store, 1, 7);
  expect(await readQueueLife(store)).toMatchObject({ tide: 8 });
  await raiseQueueEpoch(store, 1, 1);
  await recordTide(store, 1, 9);
  expect(await readQueueLife(store)).toMatchObject({ tide: 0 });
});

test('HO-2 a new life waits for a mark that is being written, and clears it', async () => {
  await someRuns(store, job, 1);
  const handOuts = await readHandOut(store, pool, 0);
  const raised = await another().transaction(async (session) => {
    await markHandedOut(session, handOuts);
    const raising = raiseQueueEpoch(store, 1, 1);
    await untilWaiting(ledger, 1);
    return { raising };
  });
  expect(await raised.raising).toBe(2);
  expect(await countMarks()).toBe(1);
  expect(await clearMarks(store, null)).toEqual({ cleared: 1, next: null });
});

test('HO-2 a mark that comes while a new life begins waits for it, and is refused', async () => {
  await someRuns(store, job, 1);
  const handOuts = await readHandOut(store, pool, 0);
  const marked = await another().transaction(async (session) => {
    await raiseQueueEpoch(session, 1, 1);
    const marking = markHandedOut(store, handOuts);
    await untilWaiting(ledger, 1);
    return { marking };
  });
  await marked.marking;
  expect(await countMarks()).toBe(0);
});

test('RB-4 marks are cleared batch by batch, each once, in all pools', async () => {
  await fill(rebuildBounds.clear - 1, 'one');
  await fill(3, 'two');
  const first = await clearMarks(store, null);
  expect(first).toMatchObject({ cleared: rebuildBounds.clear, next: { pool: 'two' } });
  expect(await clearMarks(store, first.next)).toEqual({ cleared: 2, next: null });
  expect(await countMarks()).toBe(0);
  expect(await clearMarks(store, null)).toEqual({ cleared: 0, next: null });
});

test('RB-4 a run that is being claimed is passed over, and holds up nobody', async () => {
  const [held] = await handedOut(2);
  await another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 FROM runs WHERE id = $1 FOR NO KEY UPDATE' }, [
      held?.runId,
    ]);
    expect(await clearMarks(store, null)).toEqual({ cleared: 1, next: null });
  });
  expect(await countMarks()).toBe(1);
});

test('RB-4 what is cleared stays cleared', async () => {
  await raiseQueueEpoch(store, 1, 2);
  await finishClearing(store, 3);
  await finishClearing(store, 2);
  expect(await readQueueLife(store)).toEqual({ epoch: 3, tide: 0, cleared: 3 });
});

test('RB-2 overdue runs that are out are looked for by the id that they are known by', async () => {
  const [run] = await handedOut(1);
  const { runs, next } = await readOverdue(store, null);
  expect(runs).toEqual([
    { runId: run?.runId, pool, dueAt: run?.dueAt, idempotencyKey: run?.idempotencyKey, number: run?.number },
  ]);
  expect(next).toBeNull();
});

test('RB-2 what is not overdue, not out or claimed is not looked for', async () => {
  await handedOut(1, rebuildBounds.overdueMs - 2_000);
  const [claimed] = await handedOut(1);
  await claim(store, await aWorker(store), aClaim(claimed?.runId ?? ''));
  await someRuns(store, job, 1, { dueAt: (await databaseNow(store)) - lateMs });
  expect(await readOverdue(store, null)).toEqual({ runs: [], next: null });
});

test('RB-2 a lost mark is handed out anew; that of a later hand-out stays', async () => {
  const missing = await handedOut(2);
  await sql('UPDATE runs SET handed_out_at = NULL WHERE id = $1', [missing[0]?.runId]);
  const again = await readHandOut(store, pool, 0);
  await markHandedOut(store, again);
  expect(await loseMarks(store, missing)).toBe(1);
  expect(await loseMarks(store, [])).toBe(0);
  expect((await readHandOut(store, pool, 0)).map(({ runId }) => runId)).toEqual([missing[1]?.runId]);
});

test('RB-2 a run is looked for again after 30 s, or where the clock stepped back', async () => {
  const missing = await handedOut(1);
  await loseMarks(store, missing);
  await markHandedOut(store, await readHandOut(store, pool, 0));
  expect((await readOverdue(store, null)).runs).toEqual([]);
  const looked = async (lostAgo: string) => {
    await sql('UPDATE runs SET mark_lost_at = clock_timestamp() - $1::interval', [lostAgo]);
    return (await readOverdue(store, null)).runs.length;
  };
  expect(await looked('1 s')).toBe(0);
  expect(await looked('29 s')).toBe(0);
  expect(await looked('30 s')).toBe(1);
  expect(await looked('-1 h')).toBe(1);
});

test('RB-2 a look is bounded, and the next one goes on behind it', async () => {
  await fill(rebuildBounds.look + 2);
  const seen = new Set<string>();
  let after: Position | null = null;
  const sizes = [];
  do {
    const { runs, next } = await readOverdue(store, after);
    sizes.push(runs.length);
    for (const { runId } of runs) seen.add(runId);
    after = next;
  } while (after !== null);
  expect(sizes).toEqual([rebuildBounds.look, 2]);
  expect(seen.size).toBe(rebuildBounds.look + 2);
});

test('RB-2 a look reads no run that is not out', async () => {
  await fill(10_000);
  await sql("UPDATE runs SET state = 'succeeded', settled_at = now(), handed_out_at = NULL");
  await handedOut(10);
  await sql('ANALYZE runs');
  const values = ["''", "'epoch'", "'00000000-0000-0000-0000-000000000000'", '5000', '5000', '30000'];
  const text = values.reduce(
    (sofar, value, index) => sofar.replaceAll(`$${index + 1}`, value),
    readOverdueStatement.text,
  );
  const plan = JSON.stringify(await sql(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`));
  const passedOver = [...plan.matchAll(/"Rows Removed by (?:Filter|Join Filter)":\s*(\d+)/g)];
  expect(plan).toContain('runs_handed_out_at');
  expect(Math.max(0, ...passedOver.map(([, rows]) => Number(rows)))).toBeLessThan(100);
});

test('pools are those of living workers', async () => {
  const [, gone] = [await aWorker(store), await aWorker(store)];
  await sql(
    "UPDATE workers SET pools = ARRAY['gone'], state = 'dead', death = 'silence', ended_at = now() WHERE id = $1",
    [gone],
  );
  expect(await listConsumedPools(store)).toEqual(['default']);
});
