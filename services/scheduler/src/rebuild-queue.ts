import type { QueueCheck, Tide } from '@flotilla/queue';
import type { StepResult } from '@flotilla/runtime';
import {
  clearMarks,
  finishClearing,
  listConsumedPools,
  loseMarks,
  type Position,
  raiseQueueEpoch,
  readOverdue,
  readQueueLife,
  recordTide,
  type Store,
} from '@flotilla/storage';
import type { HeldLane, Lane } from './lane.ts';

export interface RebuildingOptions {
  readonly store: Store;
  readonly tide: Tide;
  readonly check: QueueCheck;
  readonly lane: Lane;
  /** Redis was flushed, rewound or exchanged; its life `epoch` begins. */
  readonly onLost: (epoch: number) => void;
  readonly onCleared: (count: number) => void;
  readonly onMissing: (pool: string, count: number) => void;
  readonly onResumed: (pool: string) => void;
}

/** Total loss of Redis loses nothing: what it was given and does not have any more is handed out again. */
export function createRebuilding(options: RebuildingOptions) {
  const { store, tide, check, lane, onLost, onCleared, onMissing, onResumed } = options;
  /** Where the last look for overdue runs ended, so that those at the front keep none from being looked for. */
  let lookedUpTo: Position | null = null;

  /** RB-4. Also what was marked before Redis began to count in this life, hence after `recordTide`. */
  async function clearAllMarks(epoch: number, held: HeldLane): Promise<void> {
    let count = 0;
    let after: Position | null = null;
    do {
      held.assertHeld();
      const { cleared, next } = await clearMarks(store, after);
      count += cleared;
      after = next;
    } while (after !== null);
    await finishClearing(store, epoch);
    onCleared(count);
  }

  async function resumePaused(): Promise<void> {
    for (const pool of await listConsumedPools(store)) if (await check.resume(pool)) onResumed(pool);
  }

  /** RB-2: the ledger is read first: what it says is handed out was given to Redis before. */
  async function lookForOverdue(held: HeldLane): Promise<void> {
    const { runs, next } = await readOverdue(store, lookedUpTo);
    for (const pool of new Set(runs.map((run) => run.pool))) {
      const missing = await check.notWaiting(
        pool,
        runs.filter((run) => run.pool === pool),
      );
      held.assertHeld();
      const lost = await loseMarks(store, missing);
      if (lost > 0) onMissing(pool, lost);
    }
    lookedUpTo = next;
  }

  async function rebuild(held: HeldLane): Promise<StepResult> {
    const life = await readQueueLife(store);
    const answer = await tide.compare(life.epoch, life.tide);
    held.assertHeld();
    if (answer.kind === 'lost') {
      const epoch = await raiseQueueEpoch(store, life.epoch, answer.epoch);
      if (epoch !== null) onLost(epoch);
      return 'more'; // RB-3: the next step gives Redis the number of the new life, whose epoch is committed by then
    }
    await recordTide(store, life.epoch, answer.number);
    if (life.cleared < life.epoch) await clearAllMarks(life.epoch, held);
    await resumePaused();
    await lookForOverdue(held);
    return 'idle';
  }

  return async (): Promise<StepResult> => (await lane.hold(rebuild)) ?? 'idle';
}
