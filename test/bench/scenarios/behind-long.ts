import { awaitSettled } from '../fleet/await-runs.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { onFleet, onPremises } from '../fleet/on-fleet.ts';
import { putTicks } from '../fleet/put-ticks.ts';
import { lateness, readRuns } from '../fleet/read-runs.ts';
import { percentile } from '../percentile.ts';
import { watchLoad } from '../profile/watch-load.ts';
import { repeat } from '../repeat.ts';
import type { Scenario } from '../scenario.ts';

export const behindLong: Scenario = {
  title: 'short jobs behind a long one: due → claim',
  settings: ['1 worker of 2 slots, one of them in `sleep 600`; at-jobs that run `true`, 200 ms apart'],
  rounds: 2,
  measure: (bench) =>
    onPremises((premises) =>
      onFleet(bench, premises, { workers: 1, slots: 2 }, async (fleet) => {
        await fleet.api.putJob('long', { turn: { shell: 'sleep 600', timeout: '11m' } });
        const long = await fleet.api.startRun('long');
        await fleet.api.started(long);
        const end = await watchLoad('flotilla', premises, fleet.services);
        const rounds = await repeat(bench.rounds, (round) =>
          measureRound(fleet, `short-${round}`, bench.isQuick ? 20 : 60),
        );
        const load = await end();
        const of = (share: number) => rounds.map((late) => percentile(late, share));
        return {
          figures: [
            { what: 'p99', unit: 'ms', rounds: of(0.99), bound: { atMost: 20 } },
            { what: 'p50', unit: 'ms', rounds: of(0.5) },
          ],
          load: [load],
        };
      }),
    ),
};

async function measureRound(fleet: Fleet, name: string, count: number): Promise<number[]> {
  const jobs = await putTicks(fleet, { name, count, apartMs: 200, aheadMs: 3_000 + 20 * count });
  await awaitSettled(fleet, jobs);
  return lateness(await readRuns(fleet, jobs));
}
