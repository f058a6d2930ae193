import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { type Lease, renumberLease, takeLease } from './leases.ts';
import {
  clearLaneMarks,
  clearMarksBatch,
  finishLane,
  raiseStreamEpoch,
  readLaneLife,
  readLastMark,
} from './stream-lanes.ts';
import { openTestLedger } from './test-ledger.ts';

const { store, sql } = await openTestLedger();
const lane = 3;
const wholeLane = { lane, after: { epoch: 1, sequence: 0 }, upTo: null, since: 0 };

beforeEach(async () => {
  for (const table of ['events', 'stream_lanes']) await sql(`DELETE FROM ${table}`);
  await sql("UPDATE epochs SET epoch = 1 WHERE name = 'stream'");
});

async function aLease(): Promise<Lease> {
  const lease = await takeLease(store, randomUUID(), randomUUID());
  if (lease === null) throw new Error('a new lane is free');
  return lease;
}

/** Events that were published in this epoch, one each second, the last one now; its sequences are from `first` on. */
async function published(epoch: number, first: number, count: number): Promise<void> {
  await sql(
    `INSERT INTO events (entity_id, version, entity, type, job_id, data, lane, at, stream_seq, stream_epoch)
     SELECT gen_random_uuid(), 1, 'run', 'run.queued', gen_random_uuid(), '{}', $1,
       clock_timestamp() - ($4 - n) * interval '1 s', $3::bigint + n - 1, $2
     FROM generate_series(1, $4::int) AS n`,
    [lane, epoch, first, count],
  );
}

async function marks(): Promise<string[]> {
  const rows = await sql<{ place: string }>(
    `SELECT stream_epoch || '-' || stream_seq AS place FROM events WHERE stream_seq IS NOT NULL
     ORDER BY stream_epoch, stream_seq`,
  );
  return rows.map(({ place }) => place);
}

test('EV-3 the last mark is the one of the latest life, also where sequences began anew', async () => {
  expect(await readLastMark(store, lane)).toBeNull();
  await published(1, 100, 3);
  await published(2, 1, 2);
  expect(await readLastMark(store, lane)).toMatchObject({ epoch: 2, sequence: 2 });
  expect(await readLastMark(store, lane, { epoch: 2, sequence: 1 })).toMatchObject({ epoch: 2, sequence: 1 });
  expect(await readLastMark(store, lane, { epoch: 2, sequence: 0 })).toMatchObject({
    epoch: 1,
    sequence: 102,
  });
  expect(await readLastMark(store, lane, { epoch: 1, sequence: 99 })).toBeNull();
  expect(await readLastMark(store, lane + 1)).toBeNull();
});

test('EV-3 the epoch rises once for those who saw the same loss; a lane that nobody knew is cleared', async () => {
  expect(await readLaneLife(store, lane)).toMatchObject({ epoch: 1, clearedEpoch: 1 });
  await finishLane(store, await aLease(), lane, 1);
  const raised = await Promise.all([raiseStreamEpoch(store, 1), raiseStreamEpoch(store, 1)]);
  expect(raised.toSorted()).toEqual([2, null]);
  expect(await readLaneLife(store, lane)).toMatchObject({ epoch: 2, clearedEpoch: 1 });
  await finishLane(store, await aLease(), lane, 2);
  await finishLane(store, await aLease(), lane, 1);
  expect(await readLaneLife(store, lane)).toMatchObject({ epoch: 2, clearedEpoch: 2 });
});

test('EV-3 what lies above the last intact place becomes unpublished, batch by batch', async () => {
  await published(1, 1, clearMarksBatch + 20);
  await published(2, 5, 10);
  const lease = await aLease();
  const after = { epoch: 1, sequence: 15 };
  const first = await clearLaneMarks(store, lease, { ...wholeLane, after });
  expect(first).toMatchObject({ cleared: clearMarksBatch, isHeld: true });
  const second = await clearLaneMarks(store, lease, { ...wholeLane, after, upTo: first.next });
  expect(second).toEqual({ cleared: 15, next: null, isHeld: true });
  expect(await marks()).toEqual(Array.from({ length: 15 }, (_, index) => `1-${index + 1}`));
});

test('EV-3 events that are older than the stream keeps any are not published again', async () => {
  await published(1, 1, 30);
  const { now } = await readLaneLife(store, lane);
  const clearing = await clearLaneMarks(store, await aLease(), { ...wholeLane, since: now - 10_500 });
  expect(clearing).toEqual({ cleared: 11, next: null, isHeld: true });
  expect(await marks()).toHaveLength(19);
});

test('EV-3, EV-4 who has lost the lane neither clears its marks nor frees it', async () => {
  await published(1, 1, 3);
  const lease = await aLease();
  await renumberLease(store, lease);
  expect(await clearLaneMarks(store, lease, wholeLane)).toMatchObject({ cleared: 0, isHeld: false });
  await finishLane(store, lease, lane, 1);
  expect(await marks()).toHaveLength(3);
  expect(await sql('SELECT FROM stream_lanes')).toEqual([]);
});
