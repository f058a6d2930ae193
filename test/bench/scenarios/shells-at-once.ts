import { awaitSettled } from '../fleet/await-runs.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { onFleet, onPremises } from '../fleet/on-fleet.ts';
import { putTicks } from '../fleet/put-ticks.ts';
import { lateness, type RanRun, readRuns } from '../fleet/read-runs.ts';
import { percentile } from '../percentile.ts';
import { watchLoad } from '../profile/watch-load.ts';
import { repeat } from '../repeat.ts';
import type { Scenario } from '../scenario.ts';

const count = 200;

export const shellsAtOnce: Scenario = {
  title: '200 `true` jobs due at once: due → claim',
  settings: [
    '4 workers × 50 slots; 200 at-jobs of one millisecond; spawned: the process is there, by the worker’s clock',
  ],
  rounds: 4,
  measure: (bench) =>
    onPremises((premises) =>
      onFleet(bench, premises, { workers: 4, slots: 50 }, async (fleet) => {
        const end = await watchLoad('flotilla', premises, fleet.services);
        const rounds = await repeat(bench.rounds, (round) => measureRound(fleet, `at-once-${round}`));
        const load = await end();
        const spawned = (runs: readonly RanRun[]) => runs.map((run) => run.spawnedAt - run.dueAt);
        return {
          figures: [
            {
              what: 'claim p99',
              unit: 'ms',
              rounds: rounds.map((runs) => percentile(lateness(runs), 0.99)),
              bound: { atMost: 300 },
            },
            { what: 'claim p50', unit: 'ms', rounds: rounds.map((runs) => percentile(lateness(runs), 0.5)) },
            {
              what: 'spawned p99',
              unit: 'ms',
              rounds: rounds.map((runs) => percentile(spawned(runs), 0.99)),
            },
            { what: 'spawned p50', unit: 'ms', rounds: rounds.map((runs) => percentile(spawned(runs), 0.5)) },
          ],
          load: [load],
        };
      }),
    ),
};

async function measureRound(fleet: Fleet, name: string): Promise<RanRun[]> {
  const jobs = await putTicks(fleet, { name, count, apartMs: 0, aheadMs: 6_000 });
  await awaitSettled(fleet, jobs);
  return readRuns(fleet, jobs);
}
