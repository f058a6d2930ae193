import { expect, test } from 'vitest';
import { earlyMs } from './enqueue.ts';
import { aDelivery, aPool, openTestQueue } from './test-queue.ts';

const { redis, enqueuer, consumer } = await openTestQueue();

/** Every key of a pool with all that it holds, as text. */
async function everythingOf(pool: string): Promise<string> {
  const keys = await redis.keys(`flotilla:${pool}:*`);
  const values = await Promise.all(
    keys.map(async (key) => {
      const type = await redis.type(key);
      if (type === 'hash') return JSON.stringify(await redis.hgetall(key));
      if (type === 'zset') return JSON.stringify(await redis.zrange(key, '0', '-1', 'WITHSCORES'));
      if (type === 'list') return JSON.stringify(await redis.lrange(key, 0, -1));
      if (type === 'stream') return JSON.stringify(await redis.xrange(key, '-', '+'));
      return redis.get(key);
    }),
  );
  return keys.map((key, index) => `${key} ${values[index]}`).join('\n');
}

/** The instant that a job is delayed to, as BullMQ keeps it. */
async function delayedTo(pool: string, id: string): Promise<number> {
  return Math.floor(Number(await redis.zscore(`flotilla:${pool}:delayed`, id)) / 0x1000);
}

test('HO-1 a run is delayed until it is due less the early time and the lag, whatever the own clock says', async () => {
  const pool = aPool();
  const dueAt = Date.now() + 60_000;
  const [ahead, behind] = [aDelivery({ dueAt }), aDelivery({ dueAt })];
  await enqueuer.enqueue(pool, [ahead], Date.now() + 5_000, 0);
  await enqueuer.enqueue(pool, [behind], Date.now() - 5_000, 700);
  expect(await delayedTo(pool, `${ahead.idempotencyKey}.1`)).toBe(dueAt - earlyMs);
  expect(await delayedTo(pool, `${behind.idempotencyKey}.1`)).toBe(dueAt - earlyMs - 700);
});

test('a run that is due is not delayed', async () => {
  const pool = aPool();
  const now = Date.now();
  const deliveries = [now - 1_000, now, now + earlyMs].map((dueAt) => aDelivery({ dueAt }));
  await enqueuer.enqueue(pool, deliveries, now, 0);
  expect(await redis.zcard(`flotilla:${pool}:delayed`)).toBe(0);
  expect(await redis.llen(`flotilla:${pool}:wait`)).toBe(3);
});

test('HO-4 what is urgent is fetched first, whatever waits already', async () => {
  const pool = aPool();
  const [lazy, plain, urgent] = [-100, 0, 100].map((priority) => aDelivery({ priority }));
  if (lazy === undefined || plain === undefined || urgent === undefined) throw new Error('three were made');
  for (const delivery of [plain, lazy, urgent]) await enqueuer.enqueue(pool, [delivery], Date.now(), 0);
  expect(await redis.llen(`flotilla:${pool}:wait`), 'BullMQ takes those first').toBe(0);
  const { came } = await consumer(pool, { concurrency: 1 });
  await expect.poll(() => came).toEqual([urgent.runId, plain.runId, lazy.runId]);
});

test('ID-2 an id that BullMQ knows is silently ignored, which is why none is used twice', async () => {
  const pool = aPool();
  const now = Date.now();
  const first = aDelivery({ dueAt: now + 60_000 });
  await enqueuer.enqueue(pool, [first], now, 0);
  await enqueuer.enqueue(pool, [{ ...first, attempt: 1, dueAt: now }], now, 0);
  expect(await delayedTo(pool, `${first.idempotencyKey}.1`)).toBe(first.dueAt - earlyMs);
  expect(await redis.llen(`flotilla:${pool}:wait`)).toBe(0);

  await enqueuer.enqueue(pool, [{ ...first, number: 2, attempt: 1, dueAt: now }], now, 0);
  expect(await redis.lrange(`flotilla:${pool}:wait`, 0, -1)).toEqual([`${first.idempotencyKey}.2`]);
});

test('ID-2 an id whose job has ended is ignored too', async () => {
  const pool = aPool();
  const delivery = aDelivery();
  await enqueuer.enqueue(pool, [delivery], Date.now(), 0);
  const { came } = await consumer(pool);
  const ended = () => redis.zcard(`flotilla:${pool}:completed`);
  await expect.poll(ended).toBe(1);
  await enqueuer.enqueue(pool, [delivery], Date.now(), 0);
  await enqueuer.enqueue(pool, [{ ...delivery, number: 2 }], Date.now(), 0);
  await expect.poll(ended).toBe(2);
  expect(came).toEqual([delivery.runId, delivery.runId]);
});

test('ID-2 Redis holds nothing of users: ids and numbers alone', async () => {
  const pool = aPool();
  const dueAt = Date.now() + 60_000;
  const stray = { slug: 'nightly-report', shell: 'make report', env: { TOKEN: 'hush' } };
  const delivery = { ...aDelivery({ dueAt }), ...stray };
  await enqueuer.enqueue(pool, [delivery], Date.now(), 0);
  const everything = await everythingOf(pool);
  expect(everything).toContain(delivery.runId);
  for (const word of ['nightly', 'make', 'TOKEN', 'hush']) expect(everything).not.toContain(word);
  const data = await redis.hget(`flotilla:${pool}:${delivery.idempotencyKey}.1`, 'data');
  expect(JSON.parse(data ?? '')).toEqual({ runId: delivery.runId, attempt: 0, number: 1, dueAt });
});
