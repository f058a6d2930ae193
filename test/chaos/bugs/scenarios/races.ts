import { breakLine } from '../../faults/break-lines.ts';
import { cancelAtWork } from '../../faults/cancel-at-work.ts';
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
  /** Workers hear late of cancels, while turns fail that have attempts left. */
  'cancels-of-failures': {
    durationMs: 20_000,
    crew: pair,
    jobs: () => ticking(4, { failures: 9, waitMs: 900 }, { retry: { attempts: 4, delay: '1s', factor: 1 } }),
    clients: {},
    faults: [cancelAtWork, breakLine('line silent', 1, ['nats'], () => 'hold', [8_000, 12_000], 'worker')],
    faultsPerMinute: 90,
  },
};
