import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { connectRedis, consume, createEnqueuer, type Delivery, QueueUnavailable } from '@flotilla/queue';
import { afterAll, expect, inject, test } from 'vitest';
import { startServers } from '../support/servers.ts';

const servers = await startServers(join(inject('runDir'), 'redis-goes-away'), 'redis');
const { redis } = servers;
const asking = await connectRedis(redis.url, 'asking', () => undefined);
const blocking = await connectRedis(redis.url, 'blocking', () => undefined);
const enqueuer = createEnqueuer(asking);
const pool = 'default';
const came: string[] = [];
const consumer = consume({
  connection: blocking,
  pool,
  concurrency: 2,
  onMessage: async ({ runId }) => {
    came.push(runId);
    return { kind: 'done' };
  },
  onError: () => undefined,
});
afterAll(async () => {
  await consumer.close();
  blocking.disconnect();
  await enqueuer.close();
  asking.disconnect();
  await servers.stop();
});

function aDelivery(): Delivery {
  const runId = randomUUID();
  return {
    runId,
    attempt: 0,
    number: 1,
    dueAt: Date.now(),
    priority: null,
    idempotencyKey: runId.replaceAll('-', ''),
  };
}

const enqueue = (delivery: Delivery, into = pool) => enqueuer.enqueue(into, [delivery], Date.now(), 0);

test('while Redis is away an enqueuer fails at once, and both it and a consumer go on afterwards', async () => {
  const [before, meanwhile, after] = [aDelivery(), aDelivery(), aDelivery()];
  await enqueue(before);
  await expect.poll(() => came).toEqual([before.runId]);

  await redis.crash();
  await expect.poll(() => asking.status).not.toBe('ready');
  const askedAt = performance.now();
  await expect(enqueue(meanwhile)).rejects.toThrow(QueueUnavailable);
  await expect(enqueue(meanwhile, 'a pool that was never used')).rejects.toThrow(QueueUnavailable);
  expect(performance.now() - askedAt).toBeLessThan(1_000);

  await redis.restart();
  await expect.poll(() => asking.status, { timeout: 20_000 }).toBe('ready');
  await enqueue(after);
  await expect.poll(() => came, { timeout: 20_000 }).toContain(after.runId);
  expect(came).not.toContain(meanwhile.runId);
});
