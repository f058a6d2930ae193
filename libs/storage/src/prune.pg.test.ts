import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { declareDeadByEvidence } from './judge.ts';
import { appendLogChunks, listLogPartitionNames, makeLogPartitions } from './logs.ts';
import {
  dropLogPartitions,
  pruneBatch,
  pruneEndings,
  pruneEvents,
  pruneOutputs,
  pruneRuns,
  pruneStrayLogChunks,
  pruneWorkers,
} from './prune.ts';
import { settleAttempts } from './settle.ts';
import { anyRoot } from './sql/joins.ts';
import { pruneRuns as pruneRunsStatement } from './sql/prune.ts';
import { aJob, aRun, atWork, aWorker, databaseNow, openTestLedger, someRuns, theRun } from './test-ledger.ts';
import { leaveFleet } from './workers.ts';

const ledger = await openTestLedger();
const { store, another, sql } = ledger;
const job = await aJob(store, { overlap: 'allow' });
const day = 86_400_000;

beforeEach(async () => {
  for (const table of ['attempts', 'runs', 'events', 'log_chunks']) await sql(`DELETE FROM ${table}`);
});

/** An instant before which all that the ledger has is old. */
const later = async () => (await databaseNow(store)) + 1_000;

/** Settles runs, each a second after the one before, the last one a second ago. */
async function settled(ids: readonly string[]): Promise<void> {
  await sql(
    `UPDATE runs r SET state = 'cancelled', reason = 'requested',
       settled_at = clock_timestamp() - (cardinality($1::uuid[]) - o.place + 1) * interval '1 s'
     FROM unnest($1::uuid[]) WITH ORDINALITY AS o (id, place) WHERE r.id = o.id`,
    [ids],
  );
}

async function left(table: 'runs' | 'attempts' | 'events' | 'log_chunks'): Promise<number> {
  const [row] = await sql<{ count: number }>(`SELECT count(*) AS count FROM ${table}`);
  return row?.count ?? -1;
}

async function idsLeft(): Promise<string[]> {
  return (await sql<{ id: string }>('SELECT id FROM runs ORDER BY id')).map(({ id }) => id);
}

/** A run that has ended: its attempt wrote to both streams. */
async function ended(): Promise<string> {
  const end = (await atWork(store, job))({ kind: 'exited', exitCode: 0 });
  await settleAttempts(store, [end]);
  return end.runId;
}

test('ID-3 the last settled run of a job stays, however old it is', async () => {
  const other = await aJob(store);
  const ids = await someRuns(store, job, 3);
  const only = await aRun(store, other);
  await settled([ids[2] ?? '', ids[0] ?? '', ids[1] ?? '']);
  await settled([only]);
  expect(await pruneRuns(store, await later())).toBe(2);
  expect(await idsLeft()).toEqual([ids[1], only].sort());
  expect(await pruneRuns(store, await later())).toBe(0);
});

test('LG-2 a run that is not settled, or not for long enough, stays', async () => {
  const [open, old, young, last] = await someRuns(store, job, 4);
  await settled([old ?? '', young ?? '', last ?? '']);
  const [row] = await sql<{ at: number }>('SELECT settled_at AS at FROM runs WHERE id = $1', [young]);
  // The id is as old as the run, which was made just now: the bound lies ahead of both, and the end decides.
  await sql("UPDATE runs SET settled_at = settled_at + interval '1 h' WHERE id = ANY ($1::uuid[])", [
    [young, last],
  ]);
  expect(await pruneRuns(store, (row?.at ?? 0) + 1_800_000)).toBe(1);
  expect(await idsLeft()).toEqual([open, young, last].sort());
});

test('ED-4 a range row that still reaches to a young tick stays', async () => {
  const at = await databaseNow(store);
  const [range, last] = await someRuns(store, job, 2, {
    tickAt: at - day,
    tickUntil: at + day,
    tickCount: 9,
  });
  await settled([range ?? '', last ?? '']);
  expect(await pruneRuns(store, await later())).toBe(0);
  expect(await pruneRuns(store, at + day + 1_000)).toBe(1);
});

test('ED-4 the row of a pause that goes on stays until it is closed, however old it is', async () => {
  const at = await databaseNow(store);
  const [open, last] = await someRuns(store, job, 2, { tickAt: at - day, tickUntil: at - 1, tickCount: 9 });
  await settled([open ?? '', last ?? '']);
  await sql('UPDATE runs SET version = 0 WHERE id = $1', [open]);
  expect(await pruneRuns(store, await later())).toBe(0);
  await sql('UPDATE runs SET version = 1 WHERE id = $1', [open]);
  expect(await pruneRuns(store, await later())).toBe(1);
});

test('workers that ended before go; those in the fleet stay', async () => {
  const [present, old, young] = await Promise.all([aWorker(store), aWorker(store), aWorker(store)]);
  await leaveFleet(store, old, 'drained');
  await declareDeadByEvidence(store, young, 'its process ended');
  await sql("UPDATE workers SET ended_at = ended_at - interval '1 d' WHERE id = $1", [old]);
  await sql("UPDATE workers SET started_at = started_at - interval '1 d' WHERE id = $1", [present]);
  expect(await pruneWorkers(store, (await databaseNow(store)) - day / 2)).toBe(1);
  const ids = (await sql<{ id: string }>('SELECT id FROM workers')).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([present, young]));
  expect(ids).not.toContain(old);
});

test('attempts go with their run', async () => {
  const runId = await ended();
  await settled([await aRun(store, job)]);
  await sql("UPDATE runs SET settled_at = settled_at - interval '1 h' WHERE id = $1", [runId]);
  expect(await left('attempts')).toBe(1);
  expect(await pruneRuns(store, await later())).toBe(1);
  expect(await left('attempts')).toBe(0);
});

test('more than a batch goes in batches, and a locked run is left to the next pass', async () => {
  const ids = await someRuns(store, job, pruneBatch + 3);
  await settled(ids);
  const before = await later();
  expect(await pruneRuns(store, before)).toBe(pruneBatch);
  const locked = (await idsLeft())[0];
  await another().transaction(async (session) => {
    await session.ask({ name: '', text: `SELECT 1 FROM runs WHERE id = '${locked}' FOR NO KEY UPDATE` });
    expect(await pruneRuns(store, before)).toBe(1);
  });
  expect(await pruneRuns(store, before)).toBe(1);
  expect(await left('runs')).toBe(1);
});

test('LG-2 a batch looks at its own rows alone, however many runs there are', async () => {
  const [first = ''] = await someRuns(store, job, 1);
  await sql(
    `INSERT INTO runs (id, job_id, cause, key, idempotency_key, due_at, state, reason, pool, revision, settled_at)
     SELECT overlay($1::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid, $2, 'manual', n, n, now(), 'cancelled',
       'requested', 'default', 1, now() FROM generate_series(1, 20000) AS n`,
    [first, job.jobId],
  );
  await sql('ANALYZE runs');
  const before = new Date(await later()).toISOString();
  const text = pruneRunsStatement.text
    .replaceAll('$1', `'${before}'`)
    .replaceAll('$2', String(pruneBatch))
    .replaceAll('$3', "'ffffffff-0000-7000-8000-000000000000'");
  const plan = JSON.stringify(await sql(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`));
  const rows = [...plan.matchAll(/"Actual Rows":\s*(\d+)/g)].map(([, count]) => Number(count));
  expect(Math.max(...rows)).toBe(pruneBatch);
});

test('LG-2 outputs are emptied and marked, once; that and how much was written stays', async () => {
  const runId = await ended();
  const before = await later();
  expect(await pruneOutputs(store, before - day)).toBe(0);
  expect((await theRun(store, runId)).attempts).toMatchObject([{ stdout: 'done\n', outputPruned: false }]);
  expect(await pruneOutputs(store, before)).toBe(1);
  expect((await theRun(store, runId)).attempts).toMatchObject([
    { stdout: '', stdoutBytes: 5, stderr: '', stderrBytes: 5, outcome: 'exited', outputPruned: true },
  ]);
  expect(await pruneOutputs(store, before)).toBe(0);
});

test('LG-2 an attempt under way keeps what it has', async () => {
  await atWork(store, job);
  expect(await pruneOutputs(store, await later())).toBe(0);
});

test('EV-1 unpublished events are never pruned, refused ones neither; published ones go, a job’s last too', async () => {
  const named = await aJob(store);
  await someRuns(store, named, 2);
  await sql("UPDATE events SET stream_seq = 1, stream_epoch = 1 WHERE entity = 'job'");
  await sql(
    `UPDATE events SET refused_why = 'too long' WHERE (entity_id, version) =
       (SELECT entity_id, version FROM events WHERE entity = 'run' LIMIT 1)`,
  );
  const before = await later();
  expect(await pruneEvents(store, before - day)).toBe(0);
  expect(await pruneEvents(store, before)).toBe(1);
  expect(await sql('SELECT entity, stream_seq FROM events')).toEqual([
    { entity: 'run', stream_seq: null },
    { entity: 'run', stream_seq: null },
  ]);
});

test('an old entity keeps its young events', async () => {
  const named = await aJob(store);
  await sql(
    `INSERT INTO events (entity_id, version, entity, type, job_id, data, lane, at, stream_seq, stream_epoch)
     SELECT entity_id, 2, entity, type, job_id, data, lane, at + interval '2 d', 2, 1 FROM events WHERE entity_id = $1`,
    [named.jobId],
  );
  await sql('UPDATE events SET stream_seq = version, stream_epoch = 1');
  expect(await pruneEvents(store, (await later()) + day)).toBe(1);
  expect(await sql('SELECT version FROM events')).toEqual([{ version: 2 }]);
});

const noon = Date.UTC(2031, 4, 1, 12);
const chunkAt = (at: number) => ({
  runId: randomUUID(),
  attempt: 1,
  stream: 'stdout' as const,
  seq: 0,
  at,
  gzip: Buffer.from('zip'),
});

test('LG-2 day partitions of logs go once the whole day is older than logs are kept', async () => {
  const [first, second, third] = await makeLogPartitions(store, noon);
  const midnight = Date.UTC(2031, 4, 2);
  await appendLogChunks(store, [noon, noon + day].map(chunkAt));
  expect(await dropLogPartitions(store, midnight - 1)).toEqual([]);
  expect(await dropLogPartitions(store, midnight)).toEqual([first]);
  expect(await left('log_chunks')).toBe(1);
  const dropped = [
    dropLogPartitions(another(), midnight + 2 * day),
    dropLogPartitions(another(), midnight + 2 * day),
  ];
  expect((await Promise.all(dropped)).flat()).toEqual(expect.arrayContaining([second, third]));
  expect(await listLogPartitionNames(store)).toEqual([]);
});

test('LG-2 what lies in the default partition goes by whole days too, and the partition stays', async () => {
  await appendLogChunks(store, [noon, noon + 1, noon + day].map(chunkAt));
  expect(await pruneStrayLogChunks(store, noon + 43_199_999)).toBe(0);
  expect(await pruneStrayLogChunks(store, noon + 43_200_000)).toBe(2);
  expect(await dropLogPartitions(store, noon + 400 * day)).toEqual([]);
  expect(await left('log_chunks')).toBe(1);
});

test('endings that wait in vain for others of their root go; those that count stay', async () => {
  const [child, parent] = await Promise.all([aJob(store), aJob(store)]);
  const roots = [randomUUID(), anyRoot];
  await sql(
    `INSERT INTO endings (job_id, root_id, parent_id, run_id)
     SELECT $1, root, $2, gen_random_uuid() FROM unnest($3::uuid[]) AS root`,
    [child.jobId, parent.jobId, roots],
  );
  expect(await pruneEndings(store, (await databaseNow(store)) - day)).toBe(0);
  expect(await pruneEndings(store, await later())).toBe(1);
  expect(await sql('SELECT root_id FROM endings')).toEqual([{ root_id: anyRoot }]);
});
