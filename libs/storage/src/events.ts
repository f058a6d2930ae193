import type { Event } from '@flotilla/domain';
import type { Session } from './connect.ts';
import type { Lease } from './leases.ts';
import {
  countUnpublished as countUnpublishedStatement,
  listUnpublishedLanes as listUnpublishedLanesStatement,
  markPublished as markPublishedStatement,
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
  /** Null where it is of no job. */
  readonly jobId: string | null;
  /** The stream's epoch at the reading (EV-4). */
  readonly epoch: number;
  readonly event: Event;
}

interface Row {
  readonly entityId: string;
  readonly version: number;
  readonly entity: Event['entity'];
  readonly type: string;
  readonly jobId: string | null;
  readonly data: unknown;
  readonly at: number;
  readonly epoch: number;
}

/** A lane that has work. */
export interface UnpublishedLane {
  readonly lane: number;
  /** EV-3: it has no mark of an earlier life of the stream left. Else nothing of it may be sent. */
  readonly isCleared: boolean;
}

/** The lanes that have something to publish, or marks to clear. */
export function listUnpublishedLanes(session: Session): Promise<UnpublishedLane[]> {
  return session.ask(listUnpublishedLanesStatement, [eventLanes]);
}

/**
 * EV-2: at most one event per entity, its lowest unpublished version; none where the lane is not cleared (EV-3). The
 * rows are ours and were written from the catalogue's shapes, so they are not parsed again.
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

/**
 * EV-4: what the stream acknowledged under this lease and epoch. Returns the events that this call has marked: others may
 * have been marked by another holder, or belong to a life of the stream that is over.
 */
export async function markPublished(
  session: Session,
  lease: Lease,
  published: readonly { readonly row: UnpublishedEvent; readonly streamSeq: number }[],
): Promise<UnpublishedEvent[]> {
  const [first] = published;
  if (first === undefined) return [];
  const marked = await session.ask<{ entityId: string; version: number }>(markPublishedStatement, [
    published.map(({ row }) => row.entityId),
    published.map(({ row }) => row.version),
    published.map(({ streamSeq }) => streamSeq),
    lease.name,
    lease.number,
    first.row.epoch,
  ]);
  const ids = new Set(marked.map(({ entityId, version }) => `${entityId}.${version}`));
  return published.map(({ row }) => row).filter(({ event }) => ids.has(event.id));
}

export async function refuseEvent(session: Session, row: UnpublishedEvent, why: string): Promise<void> {
  await session.ask(refuseEventStatement, [row.entityId, row.version, why.slice(0, 1000)]);
}

/** Counted up to 100,000. */
export async function countUnpublished(session: Session): Promise<number> {
  const [row] = await session.ask<{ count: number }>(countUnpublishedStatement);
  return row?.count ?? 0;
}
