import type { Campaign } from './campaign.ts';
import { createChance } from './chance.ts';
import { catalogue } from './faults/catalogue.ts';
import { loadJobs } from './load/jobs.ts';

/** What `npm run chaos` plays: about 45 runs a second, 4 of them through the sink, and a fault every 2.5 s. */
export function fullMix(seed: number, durationMs: number): Omit<Campaign, 'signal' | 'tell'> {
  const size = { quick: 36, sinks: 24, sinkEverySeconds: 4, edited: 6 };
  return {
    seed,
    durationMs,
    crew: { schedulers: 2, workers: 4, slots: 20 },
    jobs: (sinkFile) => loadJobs(size, sinkFile, createChance(seed).fork('jobs')),
    clients: { starts: 300, bursts: 4_000, cancels: 3_000, cancelsOfTicks: 6_000, edits: 1_000 },
    faults: catalogue,
    faultsPerMinute: 24,
  };
}
