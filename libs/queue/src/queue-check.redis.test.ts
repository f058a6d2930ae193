import { afterAll, expect, test } from 'vitest';
import { openQueueCheck } from './queue-check.ts';
import { aDelivery, aPool, heldMessages, openTestQueue } from './test-queue.ts';

const { redis, enqueuer, consumer } = await openTestQueue();
const check = openQueueCheck(redis);
afterAll(() => check.close());

test('RB-2 a message that waits is there; one that was never given, or went by another number, is not', async () => {
  const pool = aPool();
  const [waiting, never] = [aDelivery(), aDelivery()];
  const earlier = { ...waiting, number: 2 };
  await enqueuer.enqueue(pool, [waiting], Date.now(), 0);
  expect(await check.notWaiting(pool, [waiting, never, earlier])).toEqual([never, earlier]);
});

test('RB-2 a message that is fetched or delayed counts as lost', async () => {
  const pool = aPool();
  const { onMessage, next } = heldMessages();
  const [fetched, delayed] = [aDelivery(), aDelivery({ dueAt: Date.now() + 60_000 })];
  await consumer(pool, { onMessage });
  await enqueuer.enqueue(pool, [fetched, delayed], Date.now(), 0);
  const { answer } = await next();
  expect(await check.notWaiting(pool, [fetched, delayed])).toEqual([fetched, delayed]);
  answer({ kind: 'done' });
});

test('RB-2 prioritized messages are there', async () => {
  const pool = aPool();
  const [there, missing] = [aDelivery(), aDelivery()];
  await redis.zadd(`flotilla:${pool}:prioritized`, 5, `${there.idempotencyKey}.1`);
  expect(await check.notWaiting(pool, [there, missing])).toEqual([missing]);
});

test('RB-2 a long list is read to its end', async () => {
  const pool = aPool();
  const deliveries = Array.from({ length: 2_500 }, () => aDelivery());
  await enqueuer.enqueue(pool, deliveries, Date.now(), 0);
  const missing = aDelivery();
  expect(await check.notWaiting(pool, [...deliveries, missing])).toEqual([missing]);
  const scores = deliveries.flatMap(({ idempotencyKey }) => [1, `${idempotencyKey}.1`]);
  await redis.del(`flotilla:${pool}:wait`);
  await redis.zadd(`flotilla:${pool}:prioritized`, ...scores);
  expect(await check.notWaiting(pool, [missing, ...deliveries])).toEqual([missing]);
});

test('RB-2 a queue that somebody paused is resumed, and its messages come', async () => {
  const pool = aPool();
  expect(await check.resume(pool)).toBe(false);
  await redis.hset(`flotilla:${pool}:meta`, 'paused', 1);
  const { came } = await consumer(pool);
  const delivery = aDelivery();
  await enqueuer.enqueue(pool, [delivery], Date.now(), 0);
  expect(await check.resume(pool)).toBe(true);
  await expect.poll(() => came).toEqual([delivery.runId]);
  expect(await check.resume(pool)).toBe(false);
});
