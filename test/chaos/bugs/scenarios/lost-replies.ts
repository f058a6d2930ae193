import { loseReply } from '../../faults/lose-replies.ts';
import { pair, type Scenarios, ticking } from './scenario.ts';

/** What was done, and nobody was told of. */
export const lostReplies: Scenarios = {
  /** Claims that start their runs, and settles that end them, are asked for again. */
  'lost-replies': {
    durationMs: 15_000,
    crew: pair,
    jobs: () => ticking(6, { failures: 0, waitMs: 300 }, {}),
    clients: {},
    faults: [loseReply('worker', 'postgres', 'claim-ungated'), loseReply('worker', 'postgres', 'commit')],
    faultsPerMinute: 90,
  },
};
