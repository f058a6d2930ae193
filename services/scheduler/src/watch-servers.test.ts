import type { RedisSettings } from '@flotilla/queue';
import { expect, test } from 'vitest';
import { awayMs, createServerWatch } from './watch-servers.ts';

const fine: RedisSettings = {
  version: '7.0.15',
  now: 1_800_000_000_000,
  evictionPolicy: 'noeviction',
  usedBytes: 0,
  maxBytes: 0,
  appendsOnly: true,
  appendWorks: true,
  isReplica: false,
};

/** Servers whose state the test sets, and a watch over them. */
function aWatch() {
  const servers = {
    nowMs: 0,
    settings: fine as RedisSettings | null,
    redis: null as string | null,
    nats: null as string | null,
  };
  const look = createServerWatch({
    redisProblem: () => servers.redis,
    natsProblem: () => (servers.nats === 'throws' ? Promise.reject(new Error('no answer')) : servers.nats),
    readRedis: () =>
      servers.settings === null ? Promise.reject(new Error('away')) : Promise.resolve(servers.settings),
    nowMs: () => servers.nowMs,
  });
  return { servers, kinds: async () => (await look()).map(({ kind }) => kind), look };
}

test('servers as they should be show nothing', async () => {
  expect(await aWatch().kinds()).toEqual([]);
});

test('a server is told to be away once it has been so for a while, and not when it was back between', async () => {
  const { servers, kinds } = aWatch();
  Object.assign(servers, { redis: 'Redis is reconnecting', nats: 'throws' });
  expect(await kinds()).toEqual([]);
  servers.nowMs = awayMs - 1;
  servers.redis = null;
  expect(await kinds()).toEqual([]);
  servers.redis = 'Redis is reconnecting';
  servers.nowMs = awayMs;
  expect(await kinds()).toEqual(['nats_away']);
  servers.nowMs = 2 * awayMs;
  expect(await kinds()).toEqual(['redis_away', 'nats_away']);
});

test.each([
  [{ evictionPolicy: 'allkeys-lru' }, ['eviction_policy']],
  [{ appendsOnly: false }, ['aof_off']],
  [{ appendWorks: false }, ['aof_off']],
])('a Redis that is set up with %j is told, also while it does not answer', async (settings, told) => {
  const { servers, kinds } = aWatch();
  servers.settings = { ...fine, ...settings };
  expect(await kinds()).toEqual(told);
  servers.settings = null;
  expect(await kinds()).toEqual(told);
  servers.settings = fine;
  expect(await kinds()).toEqual([]);
});
