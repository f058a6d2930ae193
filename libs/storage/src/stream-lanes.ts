import type { Session } from './connect.ts';
import type { Lease } from './leases.ts';
import {
  clearLaneMarks as clearLaneMarksStatement,
  finishLane as finishLaneStatement,
  raiseStreamEpoch as raiseStreamEpochStatement,
  readLaneLife as readLaneLifeStatement,
  readLastMark as readLastMarkStatement,
} from './sql/stream-lanes.ts';

/** EV-3: marks that are cleared in one statement. */
export const clearMarksBatch = 1_000;

/** Where an event lies in the stream. Places of an earlier epoch came there earlier. */
export interface StreamPlace {
  readonly epoch: number;
  readonly sequence: number;
}

/** An event that the ledger believes the stream to have. */
export interface StreamMark extends StreamPlace {
  readonly eventId: string;
  /** When the event was written; epoch milliseconds. */
  readonly at: number;
}

export interface LaneLife {
  /** The stream's present one. */
  readonly epoch: number;
  /** Below `epoch` while marks of an earlier life may be left. */
  readonly clearedEpoch: number;
  /** The database's clock. */
  readonly now: number;
}

export async function readLaneLife(session: Session, lane: number): Promise<LaneLife> {
  const [life] = await session.ask<LaneLife>(readLaneLifeStatement, [lane]);
  if (life === undefined) throw new Error('the ledger lacks the row `stream` of the table epochs');
  return life;
}

const beyondAll: StreamPlace = { epoch: 2 ** 31 - 1, sequence: Number.MAX_SAFE_INTEGER };

/** The lane's mark that came last, of those up to a place; null where there is none. */
export async function readLastMark(
  session: Session,
  lane: number,
  { epoch, sequence } = beyondAll,
): Promise<StreamMark | null> {
  const [row] = await session.ask<Omit<StreamMark, 'eventId'> & { entityId: string; version: number }>(
    readLastMarkStatement,
    [lane, epoch, sequence],
  );
  if (row === undefined) return null;
  const { entityId, version, at } = row;
  return { eventId: `${entityId}.${version}`, at, epoch: row.epoch, sequence: row.sequence };
}

/** EV-3: a new life of the stream begins. Gives its epoch; null where somebody else has raised it since it was `seen`. */
export async function raiseStreamEpoch(session: Session, seen: number): Promise<number | null> {
  const [row] = await session.ask<{ epoch: number }>(raiseStreamEpochStatement, [seen]);
  return row?.epoch ?? null;
}

export interface LaneClearing {
  readonly lane: number;
  /** The last place whose event the stream still has. */
  readonly after: StreamPlace;
  /** Where the batch before ended; null at the beginning. */
  readonly upTo: StreamPlace | null;
  /** Events that were written before this instant are not published again. */
  readonly since: number;
}

/**
 * EV-3: events become unpublished, those that came last first. `next` is null after the last batch. `isHeld` is false,
 * and nothing is cleared, where somebody has taken the lane.
 */
export async function clearLaneMarks(
  session: Session,
  lease: Lease,
  { lane, after, upTo, since }: LaneClearing,
): Promise<{ cleared: number; next: StreamPlace | null; isHeld: boolean }> {
  const to = upTo ?? beyondAll;
  const [row] = await session.ask<StreamPlace & { cleared: number; seen: number; isHeld: boolean }>(
    clearLaneMarksStatement,
    [
      lease.name,
      lease.number,
      lane,
      after.epoch,
      after.sequence,
      to.epoch,
      to.sequence,
      new Date(since),
      clearMarksBatch,
    ],
  );
  if (row === undefined) throw new Error('a clearing answers in one row');
  const { cleared, seen, isHeld, epoch, sequence } = row;
  const next = seen < clearMarksBatch ? null : { epoch, sequence: sequence - 1 };
  return { cleared, next, isHeld };
}

/** EV-3: the lane may be sent from in this epoch. Nothing happens where somebody has taken it. */
export async function finishLane(session: Session, lease: Lease, lane: number, epoch: number): Promise<void> {
  await session.ask(finishLaneStatement, [lease.name, lease.number, lane, epoch]);
}
