import { EventRefused, type Publisher } from '@flotilla/events';
import type { StepResult } from '@flotilla/runtime';
import {
  listUnpublishedLanes,
  markPublished,
  readUnpublished,
  refuseEvent,
  type Store,
  type UnpublishedEvent,
} from '@flotilla/storage';
import type { HeldLane, Lane } from './lane.ts';

export interface PublishingOptions {
  readonly store: Store;
  /** The publisher of the present connection; opens one where there is none. */
  readonly publisher: () => Promise<Publisher>;
  /** Closes the connection: what it has not acknowledged is sent again on another. */
  readonly dropConnection: () => Promise<void>;
  readonly laneOf: (lane: number) => Lane;
  readonly onPublished: (rows: readonly UnpublishedEvent[]) => void;
  readonly onRefused: (row: UnpublishedEvent, why: string) => void;
}

type Sent =
  | { readonly kind: 'acknowledged'; readonly row: UnpublishedEvent; readonly streamSeq: number }
  | { readonly kind: 'refused'; readonly row: UnpublishedEvent; readonly why: string };

/** EV-2: committed facts reach the stream lane by lane, at most one unacknowledged event per entity. */
export function createPublishing(options: PublishingOptions) {
  const { store, publisher, dropConnection, laneOf, onPublished, onRefused } = options;

  async function publishLane(lane: number, held: HeldLane): Promise<number> {
    const rows = await readUnpublished(store, lane);
    const stream = await publisher();
    held.assertHeld();
    const sent = await Promise.all(rows.map((row) => send(stream, row)));
    held.assertHeld();
    const acknowledged = sent.filter((one) => one.kind === 'acknowledged');
    await markPublished(store, held.lease, acknowledged);
    onPublished(acknowledged.map(({ row }) => row));
    for (const { row, why } of sent.filter((one) => one.kind === 'refused')) {
      await refuseEvent(store, row, why); // EV-5: out of the way of the others
      onRefused(row, why);
    }
    return rows.length;
  }

  return async (): Promise<StepResult> => {
    const lanes = await listUnpublishedLanes(store);
    const works = lanes.map((lane) => laneOf(lane).hold((held) => publishLane(lane, held)));
    await Promise.allSettled(works); // none may be at work any more when its lane is looked at again
    try {
      const counts = await Promise.all(works);
      return counts.some((count) => count !== null && count > 0) ? 'more' : 'idle';
    } catch (error) {
      await dropConnection();
      throw error;
    }
  };
}

/** Throws where the stream did not answer: the batch is dropped, and sent again. */
async function send(stream: Publisher, row: UnpublishedEvent): Promise<Sent> {
  try {
    return { kind: 'acknowledged', row, streamSeq: await stream.publish(row.event, row.jobId, row.epoch) };
  } catch (error) {
    if (!(error instanceof EventRefused)) throw error;
    return { kind: 'refused', row, why: error.message };
  }
}
