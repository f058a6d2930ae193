import { killUnclaimed, loseTide, markLate } from '../../faults/lose-messages.ts';
import { pair, type Scenarios, ticking } from './scenario.ts';

const retried = { retry: { attempts: 2, delay: '4s', factor: 1 } };

/** Redis was given a message, and no worker gets it. */
export const lostMessages: Scenarios = {
  'killed-unclaimed': {
    durationMs: 20_000,
    crew: pair,
    jobs: () => ticking(10, { failures: 0, waitMs: 20 }, {}),
    clients: {},
    faults: [killUnclaimed],
    faultsPerMinute: 20,
  },
  /** Retries are handed out, Redis is flushed, and their marks come after it. */
  'late-marks': {
    durationMs: 20_000,
    crew: pair,
    jobs: () => ticking(6, { failures: 1, waitMs: 20 }, retried),
    clients: {},
    faults: [markLate],
    faultsPerMinute: 20,
  },
  /** Redis is flushed, and the one who looks does not hear of it. */
  'unheard-flushes': {
    durationMs: 15_000,
    crew: pair,
    jobs: () => ticking(6, { failures: 0, waitMs: 20 }, {}),
    clients: {},
    faults: [loseTide],
    faultsPerMinute: 20,
  },
};
