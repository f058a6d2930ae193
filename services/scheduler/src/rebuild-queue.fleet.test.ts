import { randomUUID } from 'node:crypto';
import {
  connectRedis,
  createEnqueuer,
  createTide,
  openQueueCheck,
  type QueueCheck,
  type Tide,
} from '@flotilla/queue';
import {
  type HandOut,
  markHandedOut,
  readHandOut,
  readQueueLife,
  rebuildBounds,
  type Store,
} from '@flotilla/storage';
import { aJob, aWorker, databaseNow, openTestLedger, someRuns } from '@flotilla/storage/test-ledger';
import { afterAll, beforeEach, expect, inject, test } from 'vitest';
import { createLane } from './lane.ts';
import { createLanes } from './lanes.ts';
import { createRebuilding, type RebuildingOptions } from './rebuild-queue.ts';
import { openTestLine } from './test-line.ts';

/** A database of Redis of this file's own, which it may flush. */
const url = Object.assign(new URL(inject('redisUrl')), { pathname: '/8' }).href;
const { store, another, sql } = await openTestLedger();
const redis = await connectRedis(url, 'asking', () => undefined);
const enqueuer = createEnqueuer(redis);
const check = openQueueCheck(redis);
afterAll(async () => {
  await Promise.all([enqueuer.close(), check.close()]);
  redis.disconnect();
});

const pool = 'default';
const lateMs = rebuildBounds.overdueMs + 1_000;

beforeEach(async () => {
  await redis.flushdb();
  await sql('DELETE FROM runs');
  await sql('DELETE FROM workers');
  await sql('DELETE FROM leases');
  await sql("UPDATE epochs SET epoch = 1, tide = 0, cleared = 1 WHERE name = 'queue'");
});

/** A replica, with what it reports. */
function rebuilding(own: Store = store, options: Partial<RebuildingOptions> = {}) {
  const reports: [what: string, ...about: (string | number)[]][] = [];
  const step = createRebuilding({
    store: own,
    tide: createTide(redis),
    check,
    lane: createLanes().laneOf(own, 'rebuild'),
    onLost: (epoch) => reports.push(['lost', epoch]),
    onCleared: (count) => reports.push(['cleared', count]),
    onMissing: (from, count) => reports.push(['missing', from, count]),
    onResumed: (from) => reports.push(['resumed', from]),
    ...options,
  });
  return { step, reports };
}

/** Runs that are handed out, in Redis and in the ledger. */
async function handedOut(count: number, late = 0): Promise<HandOut[]> {
  const job = await aJob(store, { overlap: 'allow' });
  await someRuns(store, job, count, { dueAt: (await databaseNow(store)) - late });
  const handOuts = await readHandOut(store, pool, 0);
  await enqueuer.enqueue(pool, handOuts, await databaseNow(store), 0);
  await markHandedOut(store, handOuts);
  return handOuts;
}

async function countMarks(): Promise<number> {
  const [row] = await sql<{ count: number }>(
    'SELECT count(*) AS count FROM runs WHERE handed_out_at IS NOT NULL',
  );
  return row?.count ?? -1;
}

const life = () => readQueueLife(store);

test('RB-3 an empty Redis at the first start has lost nothing', async () => {
  const { step, reports } = rebuilding();
  expect([await step(), await step()]).toEqual(['idle', 'idle']);
  expect(reports).toEqual([]);
  expect(await life()).toEqual({ epoch: 1, tide: 2, cleared: 1 });
});

test('RB-3, RB-4 a flushed Redis begins a new life, and everything is handed out again', async () => {
  const { step, reports } = rebuilding();
  await step();
  await handedOut(3);
  await redis.flushdb();
  expect(await step()).toBe('more');
  expect(await countMarks(), 'nothing is cleared before Redis counts again').toBe(3);
  expect(await step()).toBe('idle');
  expect(reports).toEqual([
    ['lost', 2],
    ['cleared', 3],
  ]);
  expect([await countMarks(), await life()]).toEqual([0, { epoch: 2, tide: 1, cleared: 2 }]);
  expect(await readHandOut(store, pool, 0)).toHaveLength(3);
});

test('RB-3 a Redis that was rewound is seen as well', async () => {
  const { step, reports } = rebuilding();
  await step();
  await step();
  await handedOut(2);
  await redis.hincrby('flotilla:tide', 'number', -1);
  await step();
  await step();
  expect(reports).toEqual([
    ['lost', 2],
    ['cleared', 2],
  ]);
});

test('RB-3 of several replicas that see the loss one raises the epoch', async () => {
  await rebuilding().step();
  await redis.flushdb();
  const lanes = [1, 2, 3].map((number) => createLane(another(), `lane ${number}`, randomUUID()));
  const replicas = lanes.map((lane) => rebuilding(another(), { lane }));
  await Promise.all(replicas.map(({ step }) => step()));
  await Promise.all(replicas.map(({ step }) => step()));
  const reports = replicas.flatMap((replica) => replica.reports).filter(([what]) => what === 'lost');
  expect([reports, (await life()).epoch]).toEqual([[['lost', 2]], 2]);
});

test('RB-3 an answer that was cut and asked for again is no loss of evidence', async () => {
  const line = await openTestLine(url);
  const cutRedis = await connectRedis(line.url, 'asking', () => undefined);
  const { step, reports } = rebuilding(store, { tide: createTide(cutRedis) });
  await step();
  await handedOut(1);
  await redis.flushdb();
  const scripts = async () => Number(/cmdstat_eval:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]);
  const before = await scripts();
  line.muteServer();
  const cut = step();
  await expect.poll(scripts).toBe(before + 1);
  line.cut();
  line.mend();
  expect(await cut).toBe('more');
  expect(await scripts(), 'the client asked again by itself').toBe(before + 2);
  await step();
  expect(reports).toEqual([
    ['lost', 2],
    ['cleared', 1],
  ]);
  cutRedis.disconnect();
});

test('RB-3 a replica that dies after the new epoch leaves the rest to its heir', async () => {
  const { step } = rebuilding();
  await step();
  await handedOut(2);
  await redis.flushdb();
  await step();
  await sql('DELETE FROM leases');
  const heir = rebuilding(another());
  await heir.step();
  expect(heir.reports).toEqual([['cleared', 2]]);
});

test('RB-4 any replica goes on with a clearing that was begun', async () => {
  await handedOut(2);
  await sql("UPDATE epochs SET epoch = 4, cleared = 3 WHERE name = 'queue'");
  const { step, reports } = rebuilding();
  await step();
  await step();
  expect(reports).toEqual([['cleared', 2]]);
  expect(await life()).toMatchObject({ epoch: 4, cleared: 4 });
});

test('RB-4 what was marked before Redis began to count in the new life is cleared too', async () => {
  const { step, reports } = rebuilding();
  await step();
  await redis.flushdb();
  await step();
  await handedOut(1);
  await redis.flushdb();
  await step();
  expect(reports).toEqual([
    ['lost', 2],
    ['cleared', 1],
  ]);
});

test('RB-2 an overdue run whose message is gone is handed out again, one that waits is not', async () => {
  const { step, reports } = rebuilding();
  const [gone] = await handedOut(3, lateMs);
  await redis.lrem(`flotilla:${pool}:wait`, 1, `${gone?.idempotencyKey}.${gone?.number}`);
  await step();
  expect(reports).toEqual([['missing', pool, 1]]);
  expect((await readHandOut(store, pool, 0)).map(({ runId }) => runId)).toEqual([gone?.runId]);
});

test('RB-2 a run that is not overdue by 5 s is given its time', async () => {
  const { step, reports } = rebuilding();
  await handedOut(2, rebuildBounds.overdueMs - 3_000);
  await redis.del(`flotilla:${pool}:wait`);
  await step();
  expect([reports, await countMarks()]).toEqual([[], 2]);
});

test('RB-2 a run whose mark was lost is left alone for 30 s', async () => {
  const { step, reports } = rebuilding();
  await handedOut(1, lateMs);
  for (let turn = 0; turn < 2; turn++) {
    await redis.del(`flotilla:${pool}:wait`);
    await step();
    await markHandedOut(store, await readHandOut(store, pool, 0));
  }
  expect([reports, await countMarks()]).toEqual([[['missing', pool, 1]], 1]);
});

test('RB-2 those at the front keep none from being looked for', async () => {
  const asked: number[] = [];
  const counting: QueueCheck = {
    ...check,
    async notWaiting(from, sent) {
      asked.push(sent.length);
      return check.notWaiting(from, sent);
    },
  };
  const { step } = rebuilding(store, { check: counting });
  const { jobId } = await aJob(store, { overlap: 'allow' });
  await sql(
    `INSERT INTO runs (id, job_id, cause, key, idempotency_key, due_at, state, pool, revision, handed_out_at, hand_out)
     SELECT gen_random_uuid(), $1, 'manual', number, number, clock_timestamp() - interval '1 min', 'queued', $2, 1,
       clock_timestamp(), number FROM generate_series(1, $3::int) AS number`,
    [jobId, pool, rebuildBounds.look + 7],
  );
  const ids = Array.from({ length: rebuildBounds.look + 7 }, (_, index) => `${index + 1}.${index + 1}`);
  await redis.lpush(`flotilla:${pool}:wait`, ...ids);
  await step();
  await step();
  await step();
  expect(asked).toEqual([rebuildBounds.look, 7, rebuildBounds.look]);
});

test('RB-2 a queue that somebody paused is resumed and reported', async () => {
  await aWorker(store);
  const { step, reports } = rebuilding();
  await step();
  await redis.hset(`flotilla:${pool}:meta`, 'paused', 1);
  await step();
  await step();
  expect(reports).toEqual([['resumed', pool]]);
});

test('TX-6 one replica does it at a time, and one that lost the lane writes nothing', async () => {
  const first = rebuilding();
  await first.step();
  await redis.flushdb();
  const rival = rebuilding(another());
  expect([await rival.step(), (await life()).epoch]).toEqual(['idle', 1]);

  let now = 1_000;
  await sql('DELETE FROM leases');
  const lane = createLane(store, 'rebuild', randomUUID(), () => now);
  const honest = createTide(redis);
  const freezing: Tide = {
    async compare(...known) {
      now += 60_000;
      return honest.compare(...known);
    },
  };
  await expect(rebuilding(store, { lane, tide: freezing }).step()).rejects.toThrow(
    'the lane rebuild was lost',
  );
  expect((await life()).epoch).toBe(1);
});

test('a Redis that is away fails the look, and changes nothing', async () => {
  await handedOut(1);
  const away: Tide = { compare: () => Promise.reject(new Error('Redis is away')) };
  await expect(rebuilding(store, { tide: away }).step()).rejects.toThrow('Redis is away');
  expect([await countMarks(), (await life()).epoch]).toEqual([1, 1]);
});
