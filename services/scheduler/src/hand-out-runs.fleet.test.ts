import { randomUUID } from 'node:crypto';
import { connectRedis, createEnqueuer, type Delivery, type Enqueuer } from '@flotilla/queue';
import { handOutBounds, leaseMs, type Store, sendBeat } from '@flotilla/storage';
import {
  aClaim,
  aJob,
  aPool,
  aWorker,
  claim,
  databaseNow,
  openTestLedger,
  someRuns,
} from '@flotilla/storage/test-ledger';
import { afterAll, beforeEach, expect, inject, test } from 'vitest';
import { createHandingOut } from './hand-out-runs.ts';
import { createLane, LaneLost } from './lane.ts';
import { createLanes } from './lanes.ts';

const { store, another, sql } = await openTestLedger();
const redis = await connectRedis(inject('redisUrl'), 'asking', () => undefined);
const queue = createEnqueuer(redis);
afterAll(async () => {
  await queue.close();
  redis.disconnect();
});

/** Each test hands out its own runs alone, into a pool of its own. */
let pool = '';
beforeEach(async () => {
  pool = await aPool(store);
  await sql("UPDATE runs SET due_at = clock_timestamp() + interval '1 day' WHERE state = 'queued'");
});

type Call = { deliveries: readonly Delivery[]; now: number; lagMs: number };

/** The queue, with what it was given. */
function heard(): Enqueuer & { calls: Call[]; runIds(): string[] } {
  const calls: Call[] = [];
  return {
    calls,
    runIds: () => calls.flatMap(({ deliveries }) => deliveries.map(({ runId }) => runId)),
    async enqueue(into, deliveries, now, lagMs) {
      await queue.enqueue(into, deliveries, now, lagMs);
      calls.push({ deliveries, now, lagMs });
    },
    close: () => Promise.resolve(),
  };
}

function handingOut(enqueuer: Enqueuer, own: Store = store) {
  const { laneOf } = createLanes();
  const onHandedOut = () => undefined;
  return createHandingOut({
    store: own,
    enqueuer,
    laneOf: (name) => laneOf(own, `hand-out ${name}`),
    onHandedOut,
  });
}

async function dueRuns(count: number): Promise<string[]> {
  return someRuns(store, await aJob(store, { overlap: 'allow' }), count, { pool });
}

async function unmarked(): Promise<string[]> {
  const rows = await sql<{ id: string }>('SELECT id FROM runs WHERE pool = $1 AND handed_out_at IS NULL', [
    pool,
  ]);
  return rows.map(({ id }) => id);
}

const messagesOf = (runId: string) =>
  redis.keys(`flotilla:${pool}:*`).then(async (keys) => {
    const hashes = keys.filter((key) => /\.\d+$/.test(key));
    const data = await Promise.all(hashes.map((key) => redis.hget(key, 'data')));
    return data
      .filter((text) => text?.includes(runId))
      .map((text) => JSON.parse(text ?? '') as { attempt: number });
  });

test('HO-1 what is due within the horizon is handed out once, by the database’s clock', async () => {
  const runIds = await dueRuns(3);
  const job = await aJob(store);
  const now = await databaseNow(store);
  const [soon] = await someRuns(store, job, 1, { pool, dueAt: now + 50_000 });
  await someRuns(store, job, 1, { pool, dueAt: now + 70_000 });
  const enqueuer = heard();
  const handOut = handingOut(enqueuer);
  expect(await handOut()).toBe('idle');
  expect(await handOut()).toBe('idle');
  expect(enqueuer.runIds()).toEqual([...runIds, soon]);
  expect(Math.abs((enqueuer.calls[0]?.now ?? 0) - now)).toBeLessThan(5_000);
  expect(await unmarked()).toHaveLength(1);
});

test('HO-1 the largest lag of a living worker of the pool counts', async () => {
  await dueRuns(1);
  const [slow, gone] = await Promise.all([aWorker(store), aWorker(store)]);
  await sql('UPDATE workers SET pools = ARRAY[$1] WHERE id = ANY ($2::uuid[])', [pool, [slow, gone]]);
  const beat = (workerId: string, lagMs: number) =>
    sendBeat(store, { workerId, number: 1, inHand: 0, lagMs, draining: false });
  await Promise.all([beat(slow, 120), beat(gone, 900)]);
  await sql(
    "UPDATE workers SET state = 'dead', death = 'silence', ended_at = clock_timestamp() WHERE id = $1",
    [gone],
  );
  const enqueuer = heard();
  await handingOut(enqueuer)();
  expect(enqueuer.calls.map(({ lagMs }) => lagMs)).toEqual([120]);
});

test('a full batch says that there is more', async () => {
  await dueRuns(handOutBounds.batch + 1);
  const enqueuer = heard();
  const handOut = handingOut(enqueuer);
  expect([await handOut(), await handOut(), await handOut()]).toEqual(['more', 'idle', 'idle']);
  expect(new Set(enqueuer.runIds()).size).toBe(handOutBounds.batch + 1);
});

test('HO-2 a crash between the hand-out and its mark hands out twice under two ids, and the claim decides', async () => {
  const [runId = ''] = await dueRuns(1);
  const crashing: Enqueuer = {
    ...queue,
    async enqueue(...all) {
      await queue.enqueue(...all);
      throw new Error('killed');
    },
  };
  await expect(handingOut(crashing)()).rejects.toThrow('killed');
  expect(await unmarked()).toEqual([runId]);
  await sql("UPDATE leases SET until = clock_timestamp() - interval '1 s'");

  await handingOut(heard())();
  expect(await unmarked()).toEqual([]);
  const messages = await messagesOf(runId);
  expect(messages.map(({ attempt }) => attempt)).toEqual([0, 0]);

  const workers = [await aWorker(store, [pool]), await aWorker(store, [pool])];
  const results = await Promise.all(workers.map((workerId) => claim(store, workerId, aClaim(runId))));
  expect(results.filter(({ kind }) => kind === 'started')).toHaveLength(1);
});

test('HO-2 a run that changed while it was handed out is not marked, and is handed out anew', async () => {
  const [runId = ''] = await dueRuns(1);
  const enqueuer = heard();
  const racing: Enqueuer = {
    ...enqueuer,
    async enqueue(...all) {
      await enqueuer.enqueue(...all);
      await sql('UPDATE runs SET version = version + 1 WHERE id = $1', [runId]);
    },
  };
  await handingOut(racing)();
  expect(await unmarked()).toEqual([runId]);
  await sql("UPDATE leases SET until = clock_timestamp() - interval '1 s'");
  await handingOut(enqueuer)();
  expect(await unmarked()).toEqual([]);
  expect(new Set(enqueuer.calls.map(({ deliveries }) => deliveries[0]?.number)).size).toBe(2);
});

test('TX-6 a replica that lost its lane while it handed out marks nothing', async () => {
  const [runId] = await dueRuns(1);
  let now = 1_000;
  const lane = createLane(store, `hand-out ${pool}`, randomUUID(), () => now);
  const freezing: Enqueuer = {
    ...queue,
    async enqueue() {
      now += leaseMs;
    },
  };
  const handOut = createHandingOut({
    store,
    enqueuer: freezing,
    laneOf: () => lane,
    onHandedOut: () => undefined,
  });
  await expect(handOut()).rejects.toThrow(LaneLost);
  expect(await unmarked()).toEqual([runId]);
});

test('TX-6 replicas share the work: none hands out what another has', async () => {
  const runIds = await dueRuns(40);
  const enqueuer = heard();
  const replicas = [handingOut(enqueuer), handingOut(enqueuer, another()), handingOut(enqueuer, another())];
  await Promise.all(replicas.map((handOut) => handOut()));
  expect(enqueuer.runIds().toSorted()).toEqual(runIds.toSorted());
});

test('a queue that is away fails the look, and the next one hands out', async () => {
  const [runId] = await dueRuns(1);
  const enqueuer = heard();
  let isAway = true;
  const handOut = handingOut({
    ...enqueuer,
    enqueue: (...all) => (isAway ? Promise.reject(new Error('Redis is away')) : enqueuer.enqueue(...all)),
  });
  await expect(handOut()).rejects.toThrow('Redis is away');
  isAway = false;
  await handOut();
  expect(enqueuer.runIds()).toEqual([runId]);
  expect(await unmarked()).toEqual([]);
});
