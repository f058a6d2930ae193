import { freezeSeat } from '../../faults/break-processes.ts';
import { type Scenarios, small, ticking } from './scenario.ts';

export const pauseScenarios: Scenarios = {
  /** Jobs are paused for seconds, while their worker stands still at times: it comes to their ticks after the pause. */
  'brief-pauses': {
    durationMs: 30_000,
    crew: small,
    jobs: () =>
      ticking(3, { failures: 0, waitMs: 20 }, {}).map((job) => ({
        ...job,
        isEdited: 'schedule' in job.document,
      })),
    clients: { pauses: 300 },
    faults: [freezeSeat('worker', 1, [3_000, 5_000])],
    faultsPerMinute: 15,
  },
};
