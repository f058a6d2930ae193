import type { Outcome, StopReason } from '@flotilla/domain';
import { withTimeLimit } from '@flotilla/runtime';
import { interruptionOutcome } from './carry-out.ts';
import type { LaunchedTurn } from './launch.ts';
import type { TurnTask } from './turn.ts';

/** A wrapper that has not left its keeper within this stands still: nothing was executed, and it is ended. */
const keeperLimitMs = 10_000;

/**
 * GD-1: opens the gate of a launched turn once the guard knows its group and its keeper is there. Otherwise nothing of the
 * turn is executed, and its group is gone.
 *
 * @returns why it did not begin; null where it did
 */
export async function begin(
  task: TurnTask,
  { gate, group }: Pick<LaunchedTurn, 'gate' | 'group'>,
): Promise<Outcome | null> {
  const obstacle = await findObstacle(task, { gate, group });
  if (obstacle === null) {
    gate.open();
    return null;
  }
  gate.shut();
  await group.end(0);
  void task.guard.release(group.id);
  return obstacle;
}

async function findObstacle(
  { guard, isFenced, stop }: TurnTask,
  { gate, group }: Pick<LaunchedTurn, 'gate' | 'group'>,
): Promise<Outcome | null> {
  const over = new AbortController();
  const stopped = new Promise<null>((resolve) => {
    stop.addEventListener('abort', () => resolve(null), { signal: over.signal });
  });
  const ready = guard
    .register({ groupId: group.id, isFenced })
    .then(() => withTimeLimit(keeperLimitMs, gate.keeper))
    .catch(() => null);
  const keeper = await Promise.race([ready, stopped]);
  over.abort();
  if (stop.aborted) return interruptionOutcome(stop.reason as StopReason);
  if (guard.gone.aborted) return interruptionOutcome('unguarded');
  if (!guard.mayStart()) return { kind: 'fenced' }; // it may have killed the group before there was a keeper
  return keeper === null
    ? { kind: 'lost', message: 'the machine had no room for the turn', isGone: true }
    : null;
}
