import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis } from '@flotilla/queue';
import type { Chance } from '../chance.ts';
import type { Stage } from '../fleet/stage.ts';
import type { FaultKind } from './fault.ts';
import { freezeServer } from './freeze-server.ts';

type Inject = (stage: Stage, chance: Chance) => Promise<unknown>;
type Command = readonly [name: string, ...words: string[]];

export const flushRedis = redis('redis flushed', 0.6, (stage) => command(stage, ['FLUSHALL']));

export const breakRedis: readonly FaultKind[] = [
  flushRedis,
  redis('redis killed', 0.5, async ({ servers }, chance) => {
    await servers.redis.crash();
    await sleep(chance.between(200, 4_000));
    await servers.redis.restart();
  }),
  redis('redis restarted empty', 0.3, async ({ servers }, chance) => {
    await servers.redis.crash();
    await rm(fileOf(servers.redis.spec.dataDir), { recursive: true, force: true });
    await sleep(chance.between(200, 2_000));
    await servers.redis.restart();
  }),
  redis('redis rewound', 0.5, rewind),
  redis('redis clients cut', 1, (stage) =>
    command(stage, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']),
  ),
  redis('redis frozen', 0.5, ({ servers }, chance) =>
    freezeServer(servers.redis, chance.between(500, 6_000)),
  ),
  redis('redis out of memory', 0.3, (stage, chance) =>
    forAWhile(stage, chance, ['CONFIG', 'SET', 'maxmemory', '1mb'], ['CONFIG', 'SET', 'maxmemory', '0']),
  ),
  redis('redis read-only', 0.3, (stage, chance) =>
    forAWhile(stage, chance, ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']),
  ),
];

/** As a fail-over to a replica that was behind: what was written since is gone. */
async function rewind({ dir, servers }: Stage, chance: Chance): Promise<void> {
  const file = fileOf(servers.redis.spec.dataDir);
  const copy = join(dir, 'older-redis');
  await rm(copy, { recursive: true, force: true });
  await cp(file, copy, { recursive: true });
  await sleep(chance.between(2_000, 30_000));
  await servers.redis.crash();
  await rm(file, { recursive: true, force: true });
  await cp(copy, file, { recursive: true });
  await servers.redis.restart().catch(async () => {
    await rm(file, { recursive: true, force: true }); // the copy was taken in the middle of a rewrite
    await servers.redis.restart();
  });
}

async function forAWhile(stage: Stage, chance: Chance, broken: Command, mended: Command): Promise<void> {
  await command(stage, broken);
  await sleep(chance.between(1_000, 8_000));
  await command(stage, mended);
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'appendonlydir');
}

export async function command({ servers }: Stage, [name, ...words]: Command): Promise<void> {
  const client = await connectRedis(servers.redis.url, 'asking', () => undefined);
  try {
    await client.call(name, ...words);
  } finally {
    client.disconnect();
  }
}

function redis(name: string, weight: number, inject: Inject): FaultKind {
  return {
    name,
    weight,
    aim: (stage, chance) => ({
      target: 'redis',
      async inject() {
        await inject(stage, chance);
      },
    }),
  };
}
