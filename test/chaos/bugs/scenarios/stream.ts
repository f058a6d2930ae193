import { rewindNats } from '../../faults/break-nats.ts';
import { lateMark } from '../../faults/late-mark.ts';
import { pair, type Scenarios, small, ticking } from './scenario.ts';

/** What the stream has acknowledged is lost. */
export const streamScenarios: Scenarios = {
  /** The stream loses its last seconds, in the middle of turns of three. */
  'rewound-streams': {
    durationMs: 30_000,
    crew: { ...small, slots: 60 },
    jobs: () => ticking(12, { failures: 0, waitMs: 3_000 }, {}),
    clients: {},
    faults: [rewindNats(1, [3_000, 5_000])],
    faultsPerMinute: 10,
  },
  /** The stream loses its last seconds while their marks are on their way to Postgres. */
  'marks-across-a-rewind': {
    durationMs: 30_000,
    crew: { ...pair, schedulers: 2 },
    jobs: () => ticking(24, { failures: 0, waitMs: 200 }, {}),
    clients: {},
    faults: [lateMark],
    faultsPerMinute: 20,
  },
};
