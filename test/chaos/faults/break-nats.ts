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
  nats('nats rewound', 0.5, rewind),
  nats('nats stream deleted', 0.25, async ({ servers: { nats } }) => {
    await nats.crash();
    await rm(streamsOf(nats), { recursive: true, force: true });
    await nats.restart();
  }),
];

/** What the server has acknowledged and not kept is gone: it answers before its disk does. */
async function rewind({ dir, servers: { nats } }: Stage, chance: Chance): Promise<void> {
  const copy = join(dir, 'older-nats');
  await nats.stop();
  await rm(copy, { recursive: true, force: true });
  await cp(streamsOf(nats), copy, { recursive: true });
  await nats.restart();
  await sleep(chance.between(2_000, 15_000));
  await nats.crash();
  await rm(streamsOf(nats), { recursive: true, force: true });
  await cp(copy, streamsOf(nats), { recursive: true });
  await nats.restart();
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
