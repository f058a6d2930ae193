import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis } from '@flotilla/queue';
import { expect } from 'vitest';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { isLong } from '../support/long.ts';
import { allGreen, allRed } from '../support/readiness.ts';
import { startTicking } from '../support/ticking.ts';

const test = fleetTest({ schedulers: 2, workers: 2, proxied: true });
const longTest = test.skipIf(!isLong);

/** What is promised: all due work is back. */
const backWithinMs = 15_000;
/** After this a command counts as unanswered, and its connection is replaced. */
const answerMs = 5_000;
const growthBytes = 64 * 1024 ** 2;

/** A load of ticks, a fault, and the end of it: what was due is back in time, once each, and everybody is ready. */
async function bear(
  fleet: Fleet,
  name: string,
  fault: {
    readonly begin: () => unknown;
    readonly meanwhile?: () => Promise<void>;
    readonly end: () => unknown;
  },
): Promise<void> {
  const ticking = await startTicking(fleet, name);
  await ticking.more(1);
  await fault.begin();
  try {
    await fault.meanwhile?.();
  } finally {
    await fault.end();
  }
  const endedAtMs = Date.now();
  await allGreen(fleet);
  await ticking.more(2);
  expect(await ticking.end(endedAtMs)).toBeLessThan(backWithinMs);
}

/** Asks Redis itself: `REPLICAOF NO ONE`. */
async function askRedis({ servers }: Fleet, command: string): Promise<unknown> {
  const redis = await connectRedis(servers.redis.url, 'asking', () => undefined);
  const [name = '', ...words] = command.split(' ');
  try {
    return await redis.call(name, ...words);
  } finally {
    redis.disconnect();
  }
}

const red = (fleet: Fleet) => () => allRed(fleet, 'redis', ['scheduler', 'worker']);

test('a Redis that takes no writes: READONLY', async ({ fleet }) => {
  await bear(fleet, 'readonly', {
    begin: () => askRedis(fleet, 'REPLICAOF 127.0.0.1 1'),
    meanwhile: red(fleet),
    end: () => askRedis(fleet, 'REPLICAOF NO ONE'),
  });
});

longTest('a Redis that takes no writes: too few replicas', async ({ fleet }) => {
  await bear(fleet, 'noreplicas', {
    begin: () => askRedis(fleet, 'CONFIG SET min-replicas-to-write 1'),
    meanwhile: red(fleet),
    end: () => askRedis(fleet, 'CONFIG SET min-replicas-to-write 0'),
  });
});

test('a Redis whose memory is full', async ({ fleet }) => {
  await bear(fleet, 'full', {
    begin: () => askRedis(fleet, 'CONFIG SET maxmemory 1'),
    meanwhile: red(fleet),
    end: () => askRedis(fleet, 'CONFIG SET maxmemory 0'),
  });
});

test('a Redis that is frozen', async ({ fleet }) => {
  const { redis } = fleet.servers;
  await bear(fleet, 'frozen', {
    begin: () => redis.running().kill('SIGSTOP'),
    meanwhile: red(fleet),
    end: () => redis.running().kill('SIGCONT'),
  });
});

longTest('a Redis that is frozen for longer than an answer may take', async ({ fleet }) => {
  const { redis } = fleet.servers;
  await bear(fleet, 'frozen-long', {
    begin: () => redis.running().kill('SIGSTOP'),
    meanwhile: () => sleep(answerMs + 1_000),
    end: () => redis.running().kill('SIGCONT'),
  });
});

test('a Redis whose clients are all cut off', async ({ fleet }) => {
  await bear(fleet, 'killed', {
    begin: () => askRedis(fleet, 'CLIENT KILL TYPE normal'),
    end: () => undefined,
  });
});

test('TX-5 connections to Redis that fell silent for ever, while new ones are answered', async ({
  fleet,
}) => {
  const line = fleet.line('redis');
  await bear(fleet, 'silent', {
    begin: () => line.strike('hold', 'present'),
    meanwhile: red(fleet),
    end: () => undefined,
  });
  line.pass();
});

longTest('answers of Redis that are lost', async ({ fleet }) => {
  const line = fleet.line('redis');
  await bear(fleet, 'unheard', {
    begin: () => line.strike('swallow'),
    meanwhile: red(fleet),
    end: () => line.pass(),
  });
});

longTest('a Redis that is away for a minute: memory stays within bounds', async ({ fleet }) => {
  const { redis } = fleet.servers;
  const before = await memoryOf(fleet);
  await bear(fleet, 'absent', {
    begin: () => redis.crash(),
    meanwhile: () => sleep(60_000),
    end: () => redis.restart(),
  });
  const after = await memoryOf(fleet);
  for (const [name, bytes] of after) expect(bytes - (before.get(name) ?? 0), name).toBeLessThan(growthBytes);
});

longTest('RB-3 a Redis that is rewound by 60 s under load', async ({ fleet }) => {
  const { redis } = fleet.servers;
  const copy = join(fleet.dir, 'a-minute-ago');
  await bear(fleet, 'rewound', {
    begin: () => cp(redis.spec.dataDir, copy, { recursive: true }),
    meanwhile: () => sleep(60_000),
    async end() {
      await redis.crash();
      await rm(join(redis.spec.dataDir, 'appendonlydir'), { recursive: true });
      await cp(copy, redis.spec.dataDir, { recursive: true });
      await redis.restart();
    },
  });
});

/** Resident bytes of each service. */
async function memoryOf({ crew }: Fleet): Promise<Map<string, number>> {
  const entries = crew.all().map(async (service) => {
    const { text } = await service.ask('/metrics');
    const bytes = Number(/^process_resident_memory_bytes(?:{.*})? (\S+)$/m.exec(text)?.[1]);
    expect(bytes, `${service.name} tells its memory`).toBeGreaterThan(0);
    return [service.name, bytes] as const;
  });
  return new Map(await Promise.all(entries));
}
