import type { TurnRunner } from './turn.ts';

/**
 * GD-7: turns inside the worker have no group that could be killed. Those that somebody else could double are stopped
 * with "fenced" 20 s after the last answered beat; while one is open, the guard kills the worker 5 s later.
 */
export function insideTurns(carryOut: TurnRunner, now: () => number = Date.now): TurnRunner {
  return async (task) => {
    const begunAt = now();
    const { guard, isFenced, identity } = task;
    const stop = isFenced ? AbortSignal.any([task.stop, task.fenced]) : task.stop;
    if (isFenced) guard.openInside(identity.runId);
    try {
      const report = await carryOut({ ...task, stop });
      return { ...report, spawnedAt: report.spawnedAt ?? begunAt };
    } finally {
      if (isFenced) guard.closeInside(identity.runId);
    }
  };
}
