import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestServer } from '../../support/servers.ts';
import type { Chance } from '../chance.ts';
import type { Stage } from '../fleet/stage.ts';
import type { FaultKind } from './fault.ts';
import { freezeServer } from './freeze-server.ts';

export const breakNats: readonly FaultKind[] = [
  nats('nats killed', 1, async ({ servers: { nats } }, chance) => {
    await nats.crash();
    await sleep(chance.between(200, 6_000));
    await nats.restart();
  }),
  nats('nats restarted', 0.6, async ({ servers: { nats } }, chance) => {
    await nats.stop();
    await sleep(chance.between(200, 20_000));
    await nats.restart();
  }),
  nats('nats frozen', 0.6, ({ servers }, chance) => freezeServer(servers.nats, chance.between(500, 8_000))),
  rewindNats(0.5, [2_000, 15_000]),
  nats('nats stream deleted', 0.25, async ({ servers: { nats } }) => {
    await nats.crash();
    await rm(streamsOf(nats), { recursive: true, force: true });
    await nats.restart();
  }),
];

/** What the server has acknowledged in so many milliseconds, and not kept, is gone: it answers before its disk does. */
export function rewindNats(weight: number, byMs: readonly [number, number]): FaultKind {
  return nats('nats rewound', weight, async (stage, chance) => {
    await keepStreams(stage);
    await sleep(chance.between(...byMs));
    await stage.servers.nats.crash();
    await bringBackStreams(stage);
    await stage.servers.nats.restart();
  });
}

/** Keeps a copy of what the server has now. */
export async function keepStreams({ dir, servers: { nats } }: Stage): Promise<void> {
  await nats.stop();
  await rm(olderIn(dir), { recursive: true, force: true });
  await cp(streamsOf(nats), olderIn(dir), { recursive: true });
  await nats.restart();
}

/** Gives a server that is down what was kept. */
export async function bringBackStreams({ dir, servers: { nats } }: Stage): Promise<void> {
  await rm(streamsOf(nats), { recursive: true, force: true });
  await cp(olderIn(dir), streamsOf(nats), { recursive: true });
}

function olderIn(dir: string): string {
  return join(dir, 'older-nats');
}

function streamsOf({ spec }: TestServer): string {
  return join(spec.dataDir, 'jetstream');
}

function nats(
  name: string,
  weight: number,
  inject: (stage: Stage, chance: Chance) => Promise<void>,
): FaultKind {
  return { name, weight, aim: (stage, chance) => ({ target: 'nats', inject: () => inject(stage, chance) }) };
}
