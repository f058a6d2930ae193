import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { startServers } from './servers.ts';

test('a server of its own can be crashed and started again on the same url', async () => {
  const servers = await startServers(join(inject('runDir'), 'own'), 'redis');
  try {
    const { redis } = servers;
    expect(redis.url).not.toBe(inject('redisUrl'));
    const before = redis.running().pid;
    await redis.crash();
    expect(await redis.spec.ready()).toBe(false);
    await redis.restart();
    expect(redis.running().pid).not.toBe(before);
    expect(await redis.spec.ready()).toBe(true);
  } finally {
    await servers.stop();
  }
});
