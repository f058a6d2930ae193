import { flushRedis } from '../../faults/break-redis.ts';
import { changeOverlap } from '../../faults/change-overlap.ts';
import { insideTurn } from '../../load/pieces.ts';
import type { LoadJob } from '../../load/put-jobs.ts';
import { pair, type Scenarios, ticking } from './scenario.ts';

/** What is asked of a run, and how often. */
export const admissions: Scenarios = {
  /** Several runs of a job wait for their second attempt, when its overlap becomes `skip`. */
  'overlap-changed': {
    durationMs: 20_000,
    crew: pair,
    jobs: () => ticking(2, { failures: 1, waitMs: 20 }, { retry: { attempts: 2, delay: '4s', factor: 1 } }),
    clients: {},
    faults: [changeOverlap],
    faultsPerMinute: 20,
  },
  /** Ticks become a few seconds late, and newer ones have come. */
  'flushed-ticks': {
    durationMs: 20_000,
    crew: pair,
    jobs: () => latest(6),
    clients: {},
    faults: [flushRedis],
    faultsPerMinute: 20,
  },
};

function latest(count: number): LoadJob[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `latest-${index}`,
    document: {
      schedule: { every: '1s', catchUp: { policy: 'latest' } },
      turn: insideTurn({ failures: 0, waitMs: 20 }),
      overlap: 'allow',
      guarantee: 'at-least-once',
    },
    isEdited: false,
  }));
}
