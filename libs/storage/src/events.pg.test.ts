import { randomUUID } from 'node:crypto';
import { eventSchema, maxEventBytes } from '@flotilla/domain';
import { beforeEach, expect, test } from 'vitest';
import {
  countUnpublished,
  listUnpublishedLanes,
  markPublished,
  readUnpublished,
  refuseEvent,
  type UnpublishedEvent,
} from './events.ts';
import { setJobEnabled } from './jobs.ts';
import { type Lease, renumberLease, takeLease } from './leases.ts';
import { settleAttempts } from './settle.ts';
import { eventLanes } from './sql/run-facts.ts';
import { finishLane, readLaneLife } from './stream-lanes.ts';
import { aClaim, aJob, anEnd, aRun, atWork, claim, eventTypesOf, openTestLedger } from './test-ledger.ts';

const { store, another, sql } = await openTestLedger();

/** Lanes are read as a whole: each test has them for its own events. */
beforeEach(async () => {
  await sql('DELETE FROM events');
  await finishLanes();
});

/** EV-3: every lane may be sent from. */
async function finishLanes(): Promise<void> {
  const [lease, { epoch }] = [await aLane(), await readLaneLife(store, 0)];
  for (let lane = 0; lane < eventLanes; lane++) await finishLane(store, lease, lane, epoch);
}

async function unpublished(): Promise<UnpublishedEvent[]> {
  const lanes = await Promise.all(
    (await listUnpublishedLanes(store)).map(({ lane }) => readUnpublished(store, lane)),
  );
  return lanes.flat();
}

async function aLane(): Promise<Lease> {
  const lease = await takeLease(store, randomUUID(), randomUUID());
  if (lease === null) throw new Error('a new lane is free');
  return lease;
}

const mark = (lease: Lease, rows: readonly UnpublishedEvent[]) =>
  markPublished(
    store,
    lease,
    rows.map((row, index) => ({ row, streamSeq: index + 1 })),
  );

async function waitsForLock(): Promise<void> {
  await expect
    .poll(() =>
      sql(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`),
    )
    .toHaveLength(1);
}

const typesOf = (rows: readonly UnpublishedEvent[], entityId: string) =>
  rows.filter((row) => row.entityId === entityId).map(({ event }) => event.type);

test('EV-1 a whole life of a run has one event for each version, each as the catalogue says', async () => {
  const job = await aJob(store, { retry: { attempts: 2, delay: '0s' } });
  const end = (await atWork(store, job))({ kind: 'timed_out' });
  await settleAttempts(store, [end]);
  await sql('UPDATE runs SET due_at = clock_timestamp() WHERE id = $1', [end.runId]);
  await claim(store, end.workerId, aClaim(end.runId, 1));
  await settleAttempts(store, [anEnd({ ...end, attempt: 2 })]);
  expect(await eventTypesOf(store, end.runId)).toEqual([
    'run.queued',
    'run.started',
    'run.retrying',
    'run.started',
    'run.succeeded',
  ]);
  const [row] = await sql('SELECT version FROM runs WHERE id = $1', [end.runId]);
  expect(row).toEqual({ version: 5 });
});

test('EV-2 of each entity the lowest unpublished version is read, and no other', async () => {
  const job = await aJob(store);
  await setJobEnabled(store, job.slug, { enabled: false, actor: 'test' });
  const end = (await atWork(store, job))({ kind: 'exited', exitCode: 0 });
  const seen: string[] = [];
  const lease = await aLane();
  for (let rows = await unpublished(); rows.length > 0; rows = await unpublished()) {
    expect(new Set(rows.map((row) => row.entityId)).size).toBe(rows.length);
    for (const { event } of rows) expect(eventSchema.parse(event)).toEqual(event);
    seen.push(...rows.map(({ event }) => event.id));
    await mark(lease, rows);
  }
  expect(seen.toSorted()).toEqual(
    [`${job.jobId}.1`, `${job.jobId}.2`, `${end.runId}.1`, `${end.runId}.2`].toSorted(),
  );
  expect(seen.indexOf(`${end.runId}.1`)).toBeLessThan(seen.indexOf(`${end.runId}.2`));
});

test('EV-1 an entity stays in its lane', async () => {
  const runs = await Promise.all(
    Array.from({ length: 40 }, async () => (await atWork(store, await aJob(store)))({ kind: 'timed_out' })),
  );
  await settleAttempts(store, runs);
  const rows = await sql<{ lanes: number }>(
    'SELECT count(DISTINCT lane) AS lanes FROM events GROUP BY entity_id',
  );
  expect(rows.every((row) => row.lanes === 1)).toBe(true);
  const [all] = await sql<{ lanes: number }>('SELECT count(DISTINCT lane) AS lanes FROM events');
  expect(all).toEqual({ lanes: eventLanes });
});

test('EV-4 a mark under a lease that somebody has taken over does nothing', async () => {
  await aJob(store);
  const stale = await aLane();
  await sql("UPDATE leases SET until = now() - interval '1 s' WHERE name = $1", [stale.name]);
  const fresh = await takeLease(store, stale.name, randomUUID());
  expect(fresh).toMatchObject({ number: stale.number + 1 });
  const rows = await unpublished();
  await mark(stale, rows);
  expect(await unpublished()).toEqual(rows);
  if (fresh !== null) await mark(fresh, rows);
  expect(await unpublished()).toEqual([]);
});

test('EV-4 a mark of a sending in an earlier epoch of the stream does nothing', async () => {
  await aJob(store);
  const [lease, early] = [await aLane(), await unpublished()];
  await sql("UPDATE epochs SET epoch = epoch + 1 WHERE name = 'stream'");
  await mark(lease, early);
  await finishLanes();
  const again = await unpublished();
  expect(again).toMatchObject([{ epoch: (early[0]?.epoch ?? 0) + 1 }]);
  await mark(lease, again);
  expect(await unpublished()).toEqual([]);
  const [row] = await sql('SELECT stream_seq, stream_epoch FROM events');
  expect(row).toEqual({ stream_seq: 1, stream_epoch: again[0]?.epoch });
});

test('EV-3 of a lane that is not cleared in the present epoch nothing is read', async () => {
  await aJob(store);
  expect(await listUnpublishedLanes(store)).toMatchObject([{ isCleared: true }]);
  await sql("UPDATE epochs SET epoch = epoch + 1 WHERE name = 'stream'");
  const lanes = await listUnpublishedLanes(store);
  expect(lanes).toEqual(Array.from({ length: eventLanes }, (_, lane) => ({ lane, isCleared: false })));
  expect(await unpublished()).toEqual([]);
  await finishLanes();
  expect(await unpublished()).toHaveLength(1);
});

test('EV-4 a mark that outlives its connection comes to nothing under the new number of its own lane', async () => {
  await aJob(store);
  const [lease, rows] = [await aLane(), await unpublished()];
  const renumbered = await renumberLease(store, lease);
  expect(renumbered).toEqual({ ...lease, number: lease.number + 1 });
  await mark(lease, rows);
  expect(await unpublished()).toEqual(rows);
});

test('EV-4 a mark that has begun is waited for by whoever takes the lane', async () => {
  await aJob(store);
  const [lease, rows, order] = [await aLane(), await unpublished(), [] as string[]];
  let renumbering: Promise<unknown> = Promise.resolve();
  await store.transaction(async (session) => {
    await markPublished(
      session,
      lease,
      rows.map((row) => ({ row, streamSeq: 1 })),
    );
    renumbering = renumberLease(another(), lease).then(() => order.push('renumbered'));
    await waitsForLock();
    order.push('marked');
  });
  await renumbering;
  expect(order).toEqual(['marked', 'renumbered']);
});

test('EV-4 a second mark of the same event changes nothing', async () => {
  await aJob(store);
  const [lease, rows] = [await aLane(), await unpublished()];
  expect(await mark(lease, rows)).toEqual(rows);
  const again = rows.map((row) => ({ row, streamSeq: 99 }));
  expect(await markPublished(store, lease, again)).toEqual([]);
  expect(await sql('SELECT stream_seq FROM events')).toEqual([{ stream_seq: 1 }]);
  expect(await markPublished(store, lease, [])).toEqual([]);
});

test('EV-5 an event that the stream refuses lets the next one of its entity pass', async () => {
  const job = await aJob(store);
  await setJobEnabled(store, job.slug, { enabled: false, actor: 'test' });
  const [first, ...rest] = await unpublished();
  expect(rest).toEqual([]);
  if (first !== undefined) await refuseEvent(store, first, 'w'.repeat(5_000));
  expect(typesOf(await unpublished(), job.jobId)).toEqual(['job.changed']);
  expect(await countUnpublished(store)).toBe(1);
  const [row] = await sql<{ length: number }>(
    'SELECT length(refused_why) AS length FROM events WHERE refused_why IS NOT NULL',
  );
  expect(row).toEqual({ length: 1_000 });
});

test('what is unpublished is counted', async () => {
  expect(await countUnpublished(store)).toBe(0);
  await aRun(store, await aJob(store));
  expect(await countUnpublished(store)).toBe(2);
});

test('EV-1 the longest names and keys stay far below the bound of a payload, which Postgres holds', async () => {
  const job = await aJob(store, { id: 'j'.repeat(64) });
  const id = await aRun(store, job, { key: '"'.repeat(200) });
  const [row] = await sql<{ bytes: number }>(
    'SELECT octet_length(data::text) AS bytes FROM events WHERE entity_id = $1',
    [id],
  );
  expect(row?.bytes).toBeLessThan(maxEventBytes / 4);
  const grow = sql(`UPDATE events SET data = jsonb_build_object('a', repeat('a', $1))`, [maxEventBytes]);
  await expect(grow).rejects.toMatchObject({ code: '23514' });
});
