import { awaitSettled } from '../fleet/await-runs.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { onFleet, onPremises } from '../fleet/on-fleet.ts';
import { putRuns } from '../fleet/put-runs.ts';
import { readRuns } from '../fleet/read-runs.ts';
import { waitingJob } from '../fleet/waiting-job.ts';
import { type Load, watchLoad } from '../profile/watch-load.ts';
import { repeat } from '../repeat.ts';
import type { Bench, Scenario } from '../scenario.ts';

const waitMs = 10;
const slots = 2;

export const scaling: Scenario = {
  title: '1 → 4 workers',
  settings: [
    `workers of ${slots} slots; turns that wait ${waitMs} ms inside the worker, all due before they are counted`,
    'after a round that is not counted; counted: runs settled between the 10th and the 90th in a hundred, by their times of settling',
  ],
  rounds: 3,
  async measure(bench) {
    const one = await measureCrew(bench, 1);
    const four = await measureCrew(bench, 4);
    return {
      figures: [
        { what: '1 worker', unit: '/s', rounds: one.rates },
        { what: '4 workers', unit: '/s', rounds: four.rates },
        {
          what: '4 workers ÷ 1',
          unit: '×',
          rounds: four.rates.map((rate, round) => rate / (one.rates[round] ?? Number.NaN)),
          bound: { atLeast: 3.3 },
        },
      ],
      load: [one.load, four.load],
    };
  },
};

function measureCrew(bench: Bench, workers: number): Promise<{ rates: number[]; load: Load }> {
  return onPremises((premises) =>
    onFleet(bench, premises, { workers, slots }, async (fleet) => {
      const count = workers * (bench.isQuick ? 150 : 400);
      await measureRound(fleet, 'warm-up', count); // what runs for the first time is compiled on the way
      const end = await watchLoad(`${workers} workers`, premises, fleet.services);
      const rates = await repeat(bench.rounds, (round) => measureRound(fleet, `wait-${round}`, count));
      return { rates, load: await end() };
    }),
  );
}

async function measureRound(fleet: Fleet, job: string, count: number): Promise<number> {
  await fleet.api.putJob(job, waitingJob(waitMs));
  await putRuns(fleet, job, count, Date.now());
  await awaitSettled(fleet, [job]);
  const ends = (await readRuns(fleet, [job]))
    .map(({ settledAt }) => settledAt)
    .sort((one, other) => one - other);
  const [first, last] = [Math.floor(0.1 * count), Math.floor(0.9 * count)];
  return ((last - first) / ((ends[last] ?? 0) - (ends[first] ?? 0))) * 1_000;
}
