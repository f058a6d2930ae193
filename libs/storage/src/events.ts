import type { Event } from '@flotilla/domain';
import type { Session } from './connect.ts';
import type { Lease } from './leases.ts';
import {
  countUnpublished as countUnpublishedStatement,
  listUnpublishedLanes as listUnpublishedLanesStatement,
  markPublished as markPublishedStatement,
  readStreamEpoch as readStreamEpochStatement,
  readUnpublished as readUnpublishedStatement,
  refuseEvent as refuseEventStatement,
} from './sql/events.ts';
import { eventLanes } from './sql/run-facts.ts';

/** Events that one look at a lane reads at most. */
export const publishBatch = 500;

/** A committed fact that the stream does not have yet. */
export interface UnpublishedEvent {
  readonly entityId: string;
  readonly version: number;
  readonly jobId: string;
  /** The stream's epoch at the reading (EV-4). */
  readonly epoch: number;
  readonly event: Event;
}

interface Row {
  readonly entityId: string;
  readonly version: number;
  readonly entity: 'run' | 'job';
  readonly type: string;
  readonly jobId: string;
  readonly data: unknown;
  readonly at: number;
  readonly epoch: number;
}

/** The lanes, by number, that have something to publish. */
export async function listUnpublishedLanes(session: Session): Promise<number[]> {
  const rows = await session.ask<{ lane: number }>(listUnpublishedLanesStatement, [eventLanes]);
  return rows.map((row) => row.lane);
}

/**
 * EV-2: at most one event per entity, its lowest unpublished version. The rows are ours and were written from the
 * catalogue's shapes, so they are not parsed again.
 */
export async function readUnpublished(session: Session, lane: number): Promise<UnpublishedEvent[]> {
  const rows = await session.ask<Row>(readUnpublishedStatement, [lane, publishBatch]);
  const lowest = new Map<string, Row>();
  for (const row of rows) if (!lowest.has(row.entityId)) lowest.set(row.entityId, row);
  return [...lowest.values()].map(toUnpublished);
}

function toUnpublished({ entityId, version, entity, type, jobId, data, at, epoch }: Row): UnpublishedEvent {
  const event = { id: `${entityId}.${version}`, type, entity, at: new Date(at).toISOString(), data } as Event;
  return { entityId, version, jobId, epoch, event };
}

/** EV-4: what the stream acknowledged under this lease and epoch. */
export async function markPublished(
  session: Session,
  lease: Lease,
  published: readonly { readonly row: UnpublishedEvent; readonly streamSeq: number }[],
): Promise<void> {
  const [first] = published;
  if (first === undefined) return;
  await session.ask(markPublishedStatement, [
    published.map(({ row }) => row.entityId),
    published.map(({ row }) => row.version),
    published.map(({ streamSeq }) => streamSeq),
    lease.name,
    lease.number,
    first.row.epoch,
  ]);
}

export async function refuseEvent(session: Session, row: UnpublishedEvent, why: string): Promise<void> {
  await session.ask(refuseEventStatement, [row.entityId, row.version, why.slice(0, 1000)]);
}

/** Counted up to 100,000. */
export async function countUnpublished(session: Session): Promise<number> {
  const [row] = await session.ask<{ count: number }>(countUnpublishedStatement);
  return row?.count ?? 0;
}

export async function readStreamEpoch(session: Session): Promise<number> {
  const [row] = await session.ask<{ epoch: number }>(readStreamEpochStatement);
  return row?.epoch ?? 1;
}
