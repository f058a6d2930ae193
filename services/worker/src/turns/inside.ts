import type { Turn } from '@flotilla/domain';
import type { TurnRunner, TurnTask } from './turn.ts';

/** A turn inside the worker, which nobody can kill alone. */
export interface InsideTask<Kind extends Turn = Turn> extends TurnTask<Kind> {
  /** GD-7: asked before each request and at each chunk. False: `stop` is aborted. */
  mayGoOn(): boolean;
}

/**
 * GD-7: turns inside the worker have no group that could be killed. Those that somebody else could double are stopped
 * with "fenced" 20 s after the last answered beat; while one is open, the guard kills the worker 5 s later.
 */
export function insideTurns<Kind extends Turn>(
  carryOut: (task: InsideTask<Kind>) => ReturnType<TurnRunner>,
): TurnRunner<Kind> {
  return async (task) => {
    const { fence, isFenced, identity } = task;
    const stop = isFenced ? AbortSignal.any([task.stop, fence.signal]) : task.stop;
    const leave = isFenced ? fence.enter(`${identity.runId}.${identity.attempt}`) : () => undefined;
    const mayGoOn = () => !(isFenced && fence.isPast()) && !stop.aborted;
    try {
      return await carryOut({ ...task, stop, mayGoOn });
    } finally {
      leave();
    }
  };
}
