import { breakLine } from '../faults/break-lines.ts';
import { freezeSeat, killGuard } from '../faults/break-processes.ts';
import { strayMessages } from '../faults/stray-messages.ts';
import { admissions } from './scenarios/admissions.ts';
import { liveness } from './scenarios/liveness.ts';
import { lostMessages } from './scenarios/lost-messages.ts';
import { lostReplies } from './scenarios/lost-replies.ts';
import { pauseScenarios } from './scenarios/pauses.ts';
import { races } from './scenarios/races.ts';
import { edited, pair, type Scenarios, sinks, small, ticking } from './scenarios/scenario.ts';
import { streamScenarios } from './scenarios/stream.ts';
import { waits } from './scenarios/waits.ts';

/** By the names that the headers of planted bugs use. */
export const scenarios: Scenarios = {
  /** Runs wait for their retries, and messages come that are too early or of an attempt that is over. */
  'stray-messages': {
    durationMs: 20_000,
    crew: pair,
    jobs: () => ticking(6, { failures: 1, waitMs: 20 }, { retry: { attempts: 2, delay: '3s', factor: 1 } }),
    clients: {},
    faults: [strayMessages],
    faultsPerMinute: 60,
  },
  /** Every run has a second attempt, and nothing else happens. */
  retries: {
    durationMs: 15_000,
    crew: pair,
    jobs: () => ticking(4, { failures: 1, waitMs: 20 }, { retry: { attempts: 2, delay: '1s', factor: 1 } }),
    clients: {},
    faults: [],
    faultsPerMinute: 0,
  },
  /** Ticks of `skip` jobs heap up before a worker that stands still, which then claims them together. */
  'heaped-up-ticks': {
    durationMs: 30_000,
    crew: small,
    jobs: () => ticking(8, { failures: 0, waitMs: 1_500 }, { overlap: 'skip' }),
    clients: { bursts: 1_000 },
    faults: [freezeSeat('worker', 1, [3_000, 5_000])],
    faultsPerMinute: 12,
  },
  /** One worker's transactions take long, so that facts are committed in another order than they were numbered. */
  'late-commits': {
    durationMs: 25_000,
    crew: pair,
    jobs: () => ticking(24, { failures: 0, waitMs: 20 }, { overlap: 'skip' }),
    clients: {},
    faults: [breakLine('line slow', 1, ['postgres'], () => ({ delayMs: 150 }), [4_000, 8_000])],
    faultsPerMinute: 20,
  },
  /** Turns that write what Postgres does not store, and nothing else happens. */
  outputs: {
    durationMs: 10_000,
    crew: pair,
    jobs: (file) => sinks(4, file, 2),
    clients: {},
    faults: [],
    faultsPerMinute: 0,
  },
  /** Guards die in the middle of long turns, which die with them. */
  'killed-guards': {
    durationMs: 30_000,
    crew: pair,
    jobs: (file) => sinks(10, file, 80),
    clients: {},
    faults: [killGuard],
    faultsPerMinute: 20,
  },
  /** Jobs are edited while the planner stands still. */
  'edits-behind-the-planner': {
    durationMs: 40_000,
    crew: pair,
    jobs: () => edited(4),
    clients: { edits: 300 },
    faults: [freezeSeat('scheduler', 1, [5_000, 9_000])],
    faultsPerMinute: 8,
  },
  /** Runs are cancelled before their ticks come, and then their jobs are edited. */
  'edits-after-cancels': {
    durationMs: 20_000,
    crew: pair,
    jobs: () => edited(3),
    clients: { edits: 500, cancelsOfTicks: 300 },
    faults: [],
    faultsPerMinute: 0,
  },
  ...streamScenarios,
  ...pauseScenarios,
  ...lostReplies,
  ...liveness,
  ...races,
  ...waits,
  ...admissions,
  ...lostMessages,
};
