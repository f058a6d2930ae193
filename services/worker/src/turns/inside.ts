import type { Turn } from '@flotilla/domain';
import type { Fence } from '../guard/fence.ts';
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
    const { gated, identity } = task;
    const over = new AbortController();
    const fenced = new AbortController();
    const turn = `${identity.runId}.${identity.attempt}`;
    let fence: Fence | null = null;
    let leave = (): void => undefined;
    const enter = () => {
      fence = task.fence();
      leave = fence.enter(turn);
      fence.signal.addEventListener('abort', () => fenced.abort('fenced'), { signal: over.signal });
      if (fence.isPast()) fenced.abort('fenced');
    };
    if (task.isFenced || gated.aborted) enter();
    else gated.addEventListener('abort', enter, { signal: over.signal });
    const stop = AbortSignal.any([task.stop, fenced.signal]);
    const mayGoOn = () => fence?.isPast() !== true && !stop.aborted;
    try {
      return await carryOut({ ...task, stop, mayGoOn });
    } finally {
      over.abort();
      leave();
    }
  };
}
