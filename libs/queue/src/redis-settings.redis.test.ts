import { expect, onTestFinished, test } from 'vitest';
import { readRedisSettings } from './redis-settings.ts';
import { openTestQueue } from './test-queue.ts';

const { redis } = await openTestQueue();

test('a Redis as it should be: an append-only file, nothing evicted, writes taken', async () => {
  const settings = await readRedisSettings(redis);
  expect(settings).toMatchObject({
    evictionPolicy: 'noeviction',
    maxBytes: 0,
    appendsOnly: true,
    appendWorks: true,
    isReplica: false,
  });
  expect(settings.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(settings.usedBytes).toBeGreaterThan(0);
  expect(Math.abs((settings.now ?? 0) - Date.now())).toBeLessThan(60_000);
});

test('what was changed while it runs is seen', async () => {
  onTestFinished(async () => {
    await redis.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '0');
  });
  // So much that nothing of the other tests is evicted.
  await redis.config('SET', 'maxmemory-policy', 'volatile-lru', 'maxmemory', '4gb');
  expect(await readRedisSettings(redis)).toMatchObject({
    evictionPolicy: 'volatile-lru',
    maxBytes: 4 * 1024 ** 3,
  });
});
