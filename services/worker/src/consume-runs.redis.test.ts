import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis, createEnqueuer, type Message, type Verdict } from '@flotilla/queue';
import { expect, inject, onTestFinished, test } from 'vitest';
import { consumeRuns } from './consume-runs.ts';
import { createDatabaseClock } from './database-clock.ts';
import { createFetchLag } from './fetch-lag.ts';
import { createIntake } from './intake.ts';
import { createSlots, type PoolSlots } from './slots.ts';

const each = 20;

/** Two pools with backlogs on a worker whose turns take a moment; gives the pools in the order in which turns began. */
async function twoBacklogs(slotCount: number, turnMs: number) {
  const nothing = () => undefined;
  const connection = await connectRedis(inject('redisUrl'), 'blocking', nothing);
  const asking = await connectRedis(inject('redisUrl'), 'asking', nothing);
  const enqueuer = createEnqueuer(asking);
  const pools = [randomUUID(), randomUUID()];
  const poolOf = new Map<string, number>();
  for (const [index, pool] of pools.entries()) {
    const deliveries = Array.from({ length: each }, (_, number) => ({
      runId: randomUUID(),
      attempt: 0,
      number,
      dueAt: Date.now(),
      idempotencyKey: randomUUID(),
      priority: null,
    }));
    for (const { runId } of deliveries) poolOf.set(runId, index);
    await enqueuer.enqueue(pool, deliveries, Date.now(), 0);
  }
  const intake = createIntake();
  const slots = createSlots(slotCount);
  const begun: number[] = [];
  const came = new Set<number>();
  let bothCame: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    bothCame = resolve;
  });
  let fetched = 0;
  let most = 0;
  const workRun = async ({ runId }: Message, own: PoolSlots): Promise<Verdict> => {
    const close = own.open();
    fetched += 1;
    if (came.add(poolOf.get(runId) ?? -1).size === pools.length) bothCame();
    const release = own.take();
    try {
      if (release === null) return { kind: 'back' };
      begun.push(poolOf.get(runId) ?? -1);
      most = Math.max(most, slots.used());
      await both; // a consumer may be connected before the other one
      await sleep(turnMs);
      return { kind: 'done' };
    } finally {
      release?.();
      close();
    }
  };
  const clock = createDatabaseClock();
  const workbench = { clock, intake, lag: createFetchLag(), slots, workRun };
  const consumer = consumeRuns({ connection, pools, slotCount, workbench, onError: nothing });
  onTestFinished(async () => {
    await intake.close('draining');
    await consumer.close();
    await enqueuer.close();
    connection.disconnect();
    asking.disconnect();
  });
  intake.open('unheard');
  return { begun, fetched: () => fetched, most: () => most };
}

test.each([1, 4])(
  'CL-4 two pools with backlogs share %i slots, and none waits behind the other',
  async (slotCount) => {
    const { begun, fetched, most } = await twoBacklogs(slotCount, 5);
    await expect.poll(() => begun, { timeout: 30_000 }).toHaveLength(2 * each);
    expect(most()).toBe(slotCount);
    const early = begun.slice(0, each).filter((pool) => pool === 0).length;
    expect(Math.min(early, each - early), begun.join('')).toBeGreaterThanOrEqual(each / 4);
    expect(fetched(), 'little is fetched to be given back').toBeLessThan(20 * each);
  },
);
