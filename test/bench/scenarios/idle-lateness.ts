import type { RunningServer } from '@flotilla/embedded';
import { Redis } from 'ioredis';
import type { Figure } from '../figure.ts';
import { awaitSettled } from '../fleet/await-runs.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { onFleet, onPremises } from '../fleet/on-fleet.ts';
import { putTicks } from '../fleet/put-ticks.ts';
import { lateness, readRuns } from '../fleet/read-runs.ts';
import { percentile } from '../percentile.ts';
import { watchLoad } from '../profile/watch-load.ts';
import { repeat } from '../repeat.ts';
import type { Scenario } from '../scenario.ts';

const apartMs = 100;

export const idleLateness: Scenario = {
  title: 'lateness of an idle fleet: due → claim',
  settings: [
    '2 workers × 10 slots, at-jobs that run `true`, 100 ms apart; Redis with hz 10, then with hz 100',
  ],
  rounds: 3,
  measure: (bench) =>
    onPremises((premises) =>
      onFleet(bench, premises, { workers: 2, slots: 10 }, async (fleet) => {
        const end = await watchLoad('flotilla', premises, fleet.services);
        const figures: Figure[] = [];
        for (const hz of [10, 100]) {
          await setHz(premises.servers.redis, hz);
          const rounds = await repeat(bench.rounds, (round) =>
            measureRound(fleet, `hz${hz}-${round}`, bench.isQuick ? 30 : 70),
          );
          figures.push(
            {
              what: `hz ${hz}: p99`,
              unit: 'ms',
              rounds: rounds.map((late) => percentile(late, 0.99)),
              bound: { atMost: 20 },
            },
            { what: `hz ${hz}: p50`, unit: 'ms', rounds: rounds.map((late) => percentile(late, 0.5)) },
          );
        }
        return { figures, load: [await end()] };
      }),
    ),
};

async function measureRound(fleet: Fleet, name: string, count: number): Promise<number[]> {
  const jobs = await putTicks(fleet, { name, count, apartMs, aheadMs: 3_000 + 20 * count });
  await awaitSettled(fleet, jobs);
  return lateness(await readRuns(fleet, jobs));
}

async function setHz({ spec }: RunningServer, hz: number): Promise<void> {
  const redis = new Redis(spec.url);
  await redis.config('SET', 'hz', String(hz));
  redis.disconnect();
}
