import type { Chance } from '../chance.ts';
import { catchUp, every, insideTurn, job, times } from './pieces.ts';
import type { LoadJob } from './put-jobs.ts';
import { sinkScript } from './sink.ts';

/** The pool of jobs that count each other's turns. */
export const narrowPool = { name: 'narrow', capacity: 3 } as const;

/** Ticks that come faster than their runs end: each overlap has something to do. The pool is nearly full. */
export function waitingJobs(file: string, chance: Chance): LoadJob[] {
  const often = (name: string, waitMs: number, more: object) =>
    job(name, {
      schedule: { ...every(2, chance), catchUp: catchUp(chance) },
      turn: insideTurn({ waitMs, failures: 0 }),
      guarantee: 'at-least-once',
      ...more,
    });
  const inPool = { pool: narrowPool.name, overlap: 'allow' };
  const script = sinkScript({ file, steps: 3, hasGrandchild: false, ignoresTerm: false, failures: 0 });
  return [
    often('queues', 2_600, { overlap: 'queue', backlog: 3 }),
    often('queues-briefly', 2_600, { overlap: 'queue', startWithin: '5s' }),
    often('latest-waits', 3_000, { overlap: 'latest' }),
    often('cancels-before', 3_000, { overlap: 'cancel' }),
    often('cancels-once', 2_500, { overlap: 'cancel', guarantee: 'at-most-once' }),
    ...times(4, (index) => often(`narrow-${index}`, 500, { ...inPool, priority: 10 * index })),
    often('narrow-alone', 1_500, { ...inPool, overlap: 'skip' }),
    often('narrow-queues', 1_200, { ...inPool, overlap: 'queue', startWithin: '30s' }),
    often('narrow-sink', 0, { ...inPool, turn: { shell: script, killAfter: '1s' }, priority: 100 }),
  ];
}
