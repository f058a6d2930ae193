import { holdDeath } from '../../faults/hold-death.ts';
import { holdOrders } from '../../faults/hold-orders.ts';
import { killBothAtWork } from '../../faults/kill-at-work.ts';
import { stepClock } from '../../faults/step-clock.ts';
import { insideTurn } from '../../load/pieces.ts';
import type { LoadJob } from '../../load/put-jobs.ts';
import { sinkScript } from '../../load/sink.ts';
import { pair, type Scenarios, ticking } from './scenario.ts';

/** So often that the one fault comes at once. */
const soon = 120;
/** From when a job is put to its only tick: all are put by then. */
const aheadMs = 10_000;

/** A worker's death takes half a minute of silence: what waits for it takes longer than other scenarios. */
export const liveness: Scenarios = {
  /** The clock of Postgres goes back and forth while turns are at work. */
  'stepped-clock': {
    durationMs: 25_000,
    crew: pair,
    jobs: () => single(6, insideTurn({ waitMs: 20_000, failures: 0 })),
    clients: {},
    faults: [stepClock(6)],
    faultsPerMinute: soon,
  },
  /** A worker that was cut off is back just before its death is written. */
  'back-before-its-death': {
    durationMs: 42_000,
    crew: { ...pair, slots: 40 },
    jobs: () => ticking(6, { waitMs: 4_000, failures: 0 }, {}),
    clients: {},
    faults: [holdDeath],
    faultsPerMinute: soon,
  },
  /** A worker that was cut off has runs that it has claimed and not begun when it is declared dead. */
  'orders-behind-a-death': {
    durationMs: 42_000,
    crew: { ...pair, slots: 5 },
    jobs: () => single(8, insideTurn({ waitMs: 12_000, failures: 0 })),
    clients: {},
    faults: [holdOrders],
    faultsPerMinute: soon,
  },
  /** A worker and its guard die together in the middle of turns that would outlast the count of its silence. */
  'both-killed': {
    durationMs: 42_000,
    crew: { ...pair, slots: 4 },
    jobs: (file) => single(6, { shell: longAtFirst(file) }),
    clients: {},
    faults: [killBothAtWork(6)],
    faultsPerMinute: soon,
  },
  /** Turns leave a process behind in their group that nobody buries for a minute. */
  'unburied-dead': {
    durationMs: 10_000,
    crew: pair,
    jobs: (file) => single(4, { shell: `${leaveUnburied}\n${sink(file, 2)}` }),
    clients: {},
    faults: [],
    faultsPerMinute: 0,
  },
};

/** Its parent leaves session and group, becomes a program that waits for no child, and stays for a minute. */
const leaveUnburied = '( sleep 300 & exec setsid sleep 60 ) </dev/null >/dev/null 2>&1 &';

function sink(file: string, steps: number): string {
  return sinkScript({ file, steps, hasGrandchild: false, ignoresTerm: false, failures: 0 });
}

/** A minute the first time, and nearly no time if it is to be done again. */
function longAtFirst(file: string): string {
  return `if [ "$FLOTILLA_ATTEMPT" -gt 1 ]; then\n${sink(file, 5)}\nelse\n${sink(file, 450)}\nfi`;
}

/** Jobs with one tick each. */
function single(count: number, turn: object): LoadJob[] {
  const at = new Date(Date.now() + aheadMs).toISOString();
  const document = { schedule: { at }, turn, overlap: 'skip', guarantee: 'at-least-once' };
  return Array.from({ length: count }, (_, index) => ({ id: `single-${index}`, document, isEdited: false }));
}
