import type { Campaign } from './campaign.ts';
import { createChance } from './chance.ts';
import { catalogue } from './faults/catalogue.ts';
import { loadJobs } from './load/jobs.ts';

/** Faults that last too long for a test that everybody runs. */
const tooLong = [
  'worker frozen for long',
  'scheduler frozen for long',
  'line silent for long',
  'nats restarted',
];

/** What `npm test` plays: about 15 runs a second, a fault every 2.5 s, no root. */
export function shortMix(seed: number): Omit<Campaign, 'signal' | 'tell'> {
  const size = { quick: 10, sinks: 4, sinkEverySeconds: 4, edited: 3 };
  return {
    seed,
    durationMs: 40_000,
    crew: { schedulers: 2, workers: 3, slots: 20 },
    jobs: (sinkFile) => loadJobs(size, sinkFile, createChance(seed).fork('jobs')),
    clients: { starts: 600, bursts: 5_000, cancels: 4_000, cancelsOfTicks: 6_000, edits: 2_000 },
    faults: catalogue.filter(({ name }) => !tooLong.includes(name)),
    faultsPerMinute: 24,
  };
}
