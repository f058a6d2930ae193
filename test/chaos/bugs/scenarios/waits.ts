import { breakLine } from '../../faults/break-lines.ts';
import { insideTurn } from '../../load/pieces.ts';
import type { LoadJob } from '../../load/put-jobs.ts';
import { narrowPool } from '../../load/waiting-jobs.ts';
import { pair, type Scenarios, small, ticking } from './scenario.ts';

const inPool = { pool: narrowPool.name, overlap: 'allow' };

/** Runs that wait for others of their job, or for room. */
export const waits: Scenarios = {
  /** A pool is full for longer than a tick may be late. */
  'long-waits': {
    durationMs: 85_000,
    crew: small,
    jobs: () => [...fillers(65_000), ...latecomers()],
    clients: {},
    faults: [],
    faultsPerMinute: 0,
  },
  /** Two workers whose transactions take long claim at once from a pool that is empty, and has room for a few. */
  'crowded-pool': {
    durationMs: 25_000,
    crew: pair,
    jobs: () => together(8),
    clients: {},
    faults: [breakLine('line slow', 1, ['postgres'], () => ({ delayMs: 50 }), [6_000, 9_000], 'worker')],
    faultsPerMinute: 40,
  },
  /** Each tick ends the run before it, whose worker hears of that with its next beat only. */
  'impatient-cancels': {
    durationMs: 25_000,
    crew: pair,
    jobs: () => ticking(3, { failures: 0, waitMs: 5_000 }, { overlap: 'cancel' }),
    clients: {},
    faults: [breakLine('line silent', 1, ['nats'], () => 'hold', [8_000, 12_000], 'worker')],
    faultsPerMinute: 40,
  },
};

/** They take all the room there is, once. */
function fillers(waitMs: number): LoadJob[] {
  const at = new Date(Date.now() + 10_000).toISOString();
  return Array.from({ length: narrowPool.capacity }, (_, index) => ({
    id: `filler-${index}`,
    document: { ...inPool, schedule: { at }, turn: insideTurn({ waitMs, failures: 0 }) },
    isEdited: false,
  }));
}

/** Of one instant, with time enough to empty the pool until the next. */
function together(count: number): LoadJob[] {
  const turn = insideTurn({ waitMs: 300, failures: 0 });
  return Array.from({ length: count }, (_, index) => ({
    id: `together-${index}`,
    document: { ...inPool, schedule: { every: '4s' }, turn, guarantee: 'at-least-once' },
    isEdited: false,
  }));
}

function latecomers(): LoadJob[] {
  const document = {
    ...inPool,
    schedule: { every: '2s', catchUp: { policy: 'latest' } },
    turn: insideTurn({ waitMs: 20, failures: 0 }),
    guarantee: 'at-least-once',
  };
  return [{ id: 'latecomer', document, isEdited: false }];
}
