import type { AlarmKind } from '@flotilla/domain';
import { beforeEach, expect, test } from 'vitest';
import { aJob, aRun, aWorker, openTestLedger, someRuns } from './test-ledger.ts';
import { readConditions, watchBounds } from './watch.ts';

const { store, sql } = await openTestLedger();

beforeEach(async () => {
  await sql('DELETE FROM runs');
  await sql('DELETE FROM events');
  await sql('DELETE FROM workers');
  await sql('UPDATE schedules SET blocked_at = NULL, blocked_why = NULL');
});

const subjects = async (kind: AlarmKind) =>
  (await readConditions(store)).filter((each) => each.kind === kind).map(({ subject }) => subject);

/** Queued runs that have waited for so long. */
async function waiting(waitedMs: number, pool = 'default', count = 1): Promise<void> {
  const ids = await someRuns(store, await aJob(store), count, { pool });
  await sql(
    `UPDATE runs SET due_at = clock_timestamp() - $2 * interval '1 ms', created_at = clock_timestamp() - $2 * interval '1 ms'
     WHERE id = ANY ($1::uuid[])`,
    [ids, waitedMs],
  );
}

const handOut = () => sql("UPDATE runs SET handed_out_at = clock_timestamp() WHERE state = 'queued'");

test('an idle ledger shows nothing', async () => {
  await aWorker(store);
  await aJob(store);
  expect(await readConditions(store)).toEqual([]);
});

test.each([
  ['waits in the ledger', false],
  ['is handed out', true],
])('a run that %s and nobody takes is told by its pool', async (_, isOut) => {
  await waiting(1_000, 'young');
  await waiting(watchBounds.unmannedMs + 1_000, 'default', 3);
  await waiting(watchBounds.unmannedMs + 1_000, 'gpu');
  if (isOut) await handOut();
  expect(await subjects('no_worker')).toEqual(['default', 'gpu']);
  const worker = await aWorker(store);
  expect(await subjects('no_worker')).toEqual(['gpu']);
  await sql("UPDATE workers SET state = 'draining' WHERE id = $1", [worker]);
  expect(await subjects('no_worker')).toEqual(['default', 'gpu']);
  expect(await subjects('queue_behind')).toEqual([]);
});

test('the oldest of both kinds counts, and with workers only after a minute', async () => {
  await aWorker(store);
  await waiting(watchBounds.behindMs - 20_000);
  expect(await subjects('queue_behind')).toEqual([]);
  await handOut();
  await waiting(watchBounds.behindMs + 1_000);
  expect(await subjects('queue_behind')).toEqual(['default']);
  expect((await readConditions(store))[0]?.message).toMatch(
    /^a run of the pool default has waited 6\d s for a slot$/,
  );
});

test('a run that was planned late waits since it was planned', async () => {
  await aRun(store, await aJob(store), { dueAt: Date.now() - 86_400_000 });
  expect(await readConditions(store)).toEqual([]);
});

test('a death is told for a while', async () => {
  const [young, old] = [await aWorker(store), await aWorker(store)];
  await sql(
    `UPDATE workers SET state = 'dead', death = 'silence', ended_why = 'no beat for 30.0 s',
       ended_at = clock_timestamp() - CASE WHEN id = $1 THEN 0 ELSE $2 END * interval '1 ms'`,
    [young, watchBounds.deadMs + 1_000],
  );
  expect(await readConditions(store)).toMatchObject([
    {
      kind: 'worker_dead',
      subject: young,
      message: expect.stringMatching(/on here \(process 1\) .*no beat for 30.0 s$/),
    },
  ]);
  expect(old).not.toBe(young);
});

test('CK-2 skew is told from 250 ms on, in both directions', async () => {
  const [ahead, behind] = [await aWorker(store), await aWorker(store)];
  await aWorker(store);
  await sql(
    'UPDATE workers SET skew_ms = CASE WHEN id = $1 THEN 250 WHEN id = $2 THEN -3600000 ELSE 249 END',
    [ahead, behind],
  );
  const told = await readConditions(store);
  expect(told.map(({ subject }) => subject).toSorted()).toEqual([ahead, behind].toSorted());
  expect(told.find(({ subject }) => subject === behind)?.message).toContain(
    "3600000 ms behind Postgres' clock",
  );
});

test('a blocked job is told until an edit or its deletion', async () => {
  const job = await aJob(store);
  await sql(
    "UPDATE schedules SET blocked_at = clock_timestamp(), blocked_why = 'no such zone', next_tick_at = NULL WHERE job_id = $1",
    [job.jobId],
  );
  expect(await readConditions(store)).toMatchObject([
    {
      kind: 'job_blocked',
      subject: job.slug,
      message: `the schedule of ${job.slug} cannot be computed: no such zone`,
    },
  ]);
});

test('a job whose run reached its replay cap is told once for all its runs', async () => {
  const job = await aJob(store);
  const giveUp = (ids: string[], agoMs: number) =>
    sql(
      `UPDATE runs SET state = 'interrupted', reason = 'replay_cap', losses = 3,
         settled_at = clock_timestamp() - $2 * interval '1 ms' WHERE id = ANY ($1::uuid[])`,
      [ids, agoMs],
    );
  await giveUp(await someRuns(store, job, 3), 1_000);
  await giveUp(await someRuns(store, await aJob(store), 1), watchBounds.givenUpMs);
  expect(await subjects('replay_cap')).toEqual([job.slug]);
});

test('the oldest unpublished event is looked at in every lane; what is set aside or published is not', async () => {
  await Promise.all(Array.from({ length: 20 }, () => aJob(store)));
  const old = `clock_timestamp() - interval '${watchBounds.unpublishedMs} ms'`;
  await sql(`UPDATE events SET stream_seq = 1, stream_epoch = 1, at = ${old}`);
  await sql(`UPDATE events SET stream_seq = NULL, refused_why = 'too large' WHERE lane = 1`);
  expect(await subjects('stream_behind')).toEqual([]);
  await sql('UPDATE events SET stream_seq = NULL WHERE lane = (SELECT max(lane) FROM events)');
  expect(await subjects('stream_behind')).toEqual(['stream']);
});
