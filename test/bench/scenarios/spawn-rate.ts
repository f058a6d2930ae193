import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { awaitSettled } from '../fleet/await-runs.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { onFleet, onPremises } from '../fleet/on-fleet.ts';
import { putRuns } from '../fleet/put-runs.ts';
import { readRuns } from '../fleet/read-runs.ts';
import { watchLoad } from '../profile/watch-load.ts';
import { repeat } from '../repeat.ts';
import type { Scenario } from '../scenario.ts';

const slots = 20;

export const spawnRate: Scenario = {
  title: 'spawn rate: shell turns that run `true`',
  settings: [
    `1 worker of ${slots} slots; counted: from the first process to the last settling; a turn is its wrapper, its keeper and its program`,
    `bare: \`true\` by child_process of Node with the same output pipes, ${slots} at once`,
  ],
  rounds: 3,
  measure: (bench) =>
    onPremises((premises) =>
      onFleet(bench, premises, { workers: 1, slots }, async (fleet) => {
        const count = bench.isQuick ? 200 : 600;
        const end = await watchLoad('flotilla', premises, fleet.services);
        const ours = await repeat(bench.rounds, (round) => measureRound(fleet, `spawn-${round}`, count));
        const load = await end();
        const bare = await repeat(bench.rounds, () => spawnBare(count));
        return {
          figures: [
            { what: 'shell turns', unit: '/s', rounds: ours },
            { what: 'bare processes', unit: '/s', rounds: bare },
          ],
          load: [load],
        };
      }),
    ),
};

async function measureRound(fleet: Fleet, job: string, count: number): Promise<number> {
  await fleet.api.putJob(job, { turn: { argv: ['true'] }, overlap: 'allow' });
  await putRuns(fleet, job, count, Date.now());
  await awaitSettled(fleet, [job]);
  const runs = await readRuns(fleet, [job]);
  const first = Math.min(...runs.map(({ spawnedAt }) => spawnedAt));
  return (count / (Math.max(...runs.map(({ settledAt }) => settledAt)) - first)) * 1_000;
}

async function spawnBare(count: number): Promise<number> {
  const startMs = performance.now();
  let left = count;
  const spawnOnes = async () => {
    while (left-- > 0) await once(spawn('true', { stdio: ['ignore', 'pipe', 'pipe'] }), 'close');
  };
  await Promise.all(Array.from({ length: slots }, spawnOnes));
  return (count / (performance.now() - startMs)) * 1_000;
}
