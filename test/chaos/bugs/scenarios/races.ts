import { breakLine } from '../../faults/break-lines.ts';
import { pair, type Scenarios, ticking } from './scenario.ts';

/** Two who decide at once. */
export const races: Scenarios = {
  /** Several runs of one `skip` job are claimed by two workers whose transactions take long. */
  'slow-claims': {
    durationMs: 25_000,
    crew: pair,
    jobs: () => ticking(1, { failures: 0, waitMs: 1_000 }, { overlap: 'skip' }),
    clients: { bursts: 500 },
    faults: [breakLine('line slow', 1, ['postgres'], () => ({ delayMs: 100 }), [6_000, 9_000], 'worker')],
    faultsPerMinute: 40,
  },
};
