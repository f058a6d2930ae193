import type { Session } from './connect.ts';
import {
  clearMarks as clearMarksStatement,
  finishClearing as finishClearingStatement,
  listConsumedPools as listConsumedPoolsStatement,
  loseMarks as loseMarksStatement,
  raiseQueueEpoch as raiseQueueEpochStatement,
  readOverdue as readOverdueStatement,
  readQueueLife as readQueueLifeStatement,
  recordTide as recordTideStatement,
} from './sql/rebuild.ts';

export const rebuildBounds = {
  /** RB-2: a run that is out and not claimed so long after it was due is looked for. */
  overdueMs: 5_000,
  /** RB-2: a run whose mark was lost is not looked for again before. */
  lookAgainMs: 30_000,
  /** RB-2: runs that are looked for at once. */
  look: 5_000,
  /** RB-4: marks that are cleared in one statement. */
  clear: 1_000,
} as const;

/** What the ledger knows of the life of Redis that its marks speak of. */
export interface QueueLife {
  readonly epoch: number;
  /** RB-3: the last number that Redis is known to have been given in this life; 0 before the first. */
  readonly tide: number;
  /** RB-4: below `epoch` while marks of an earlier life are left. */
  readonly cleared: number;
}

/** Where a batch ended: the next one goes on behind it. */
export interface Position {
  readonly pool: string;
  readonly dueAt: number;
  readonly runId: string;
}

/** A run that is handed out, is not claimed, and should have been. `number` is its hand-out's. */
export interface OverdueRun extends Position {
  readonly idempotencyKey: string;
  readonly number: number;
}

export async function readQueueLife(session: Session): Promise<QueueLife> {
  const [life] = await session.ask<QueueLife>(readQueueLifeStatement);
  if (life === undefined) throw new Error('the ledger lacks the row `queue` of the table epochs');
  return life;
}

/** Nothing happens where the epoch is another by now. */
export async function recordTide(session: Session, epoch: number, tide: number): Promise<void> {
  await session.ask(recordTideStatement, [epoch, tide]);
}

/**
 * RB-3: a new life of the queue, later than any that Redis knows of. Gives its epoch; null where somebody else has
 * raised it since it was `seen`.
 */
export async function raiseQueueEpoch(
  session: Session,
  seen: number,
  heldByRedis: number,
): Promise<number | null> {
  const [row] = await session.ask<{ epoch: number }>(raiseQueueEpochStatement, [seen, heldByRedis]);
  return row?.epoch ?? null;
}

/** RB-4: clears the next marks; `next` is null after the last ones. Cleared runs are handed out anew. */
export async function clearMarks(
  session: Session,
  after: Position | null,
): Promise<{ cleared: number; next: Position | null }> {
  const { clear } = rebuildBounds;
  const [last] = await session.ask<Position & { cleared: number; seen: number }>(clearMarksStatement, [
    ...behind(after),
    clear,
  ]);
  if (last === undefined) return { cleared: 0, next: null };
  return { cleared: last.cleared, next: last.seen < clear ? null : last };
}

export async function finishClearing(session: Session, epoch: number): Promise<void> {
  await session.ask(finishClearingStatement, [epoch]);
}

/** RB-2: the next runs to look for; `next` is null after the last ones. */
export async function readOverdue(
  session: Session,
  after: Position | null,
): Promise<{ runs: OverdueRun[]; next: Position | null }> {
  const { look, overdueMs, lookAgainMs } = rebuildBounds;
  const runs = await session.ask<OverdueRun>(readOverdueStatement, [
    ...behind(after),
    look,
    overdueMs,
    lookAgainMs,
  ]);
  return { runs, next: runs.length < look ? null : (runs.at(-1) ?? null) };
}

/** RB-2: takes the marks of hand-outs whose messages are not there. Gives how many were still theirs. */
export async function loseMarks(
  session: Session,
  missing: readonly Pick<OverdueRun, 'runId' | 'number'>[],
): Promise<number> {
  if (missing.length === 0) return 0;
  const rows = await session.ask(loseMarksStatement, [
    missing.map(({ runId }) => runId),
    missing.map(({ number }) => number),
  ]);
  return rows.length;
}

/** Pools that living workers take from. */
export async function listConsumedPools(session: Session): Promise<string[]> {
  const rows = await session.ask<{ pool: string }>(listConsumedPoolsStatement);
  return rows.map(({ pool }) => pool);
}

/** Before every run. */
const beginning: Position = { pool: '', dueAt: 0, runId: '00000000-0000-0000-0000-000000000000' };

function behind(after: Position | null): [pool: string, dueAt: Date, runId: string] {
  const { pool, dueAt, runId } = after ?? beginning;
  return [pool, new Date(dueAt), runId];
}
