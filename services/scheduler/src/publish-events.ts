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
  readonly onRefused: (row: UnpublishedEvent, why: string) => void;
}

/** EV-2: committed facts reach the stream lane by lane, at most one unacknowledged event per entity. */
export function createPublishing({ store, publisher, dropConnection, laneOf, onRefused }: PublishingOptions) {
  async function publishLane(lane: number, held: HeldLane): Promise<number> {
    const rows = await readUnpublished(store, lane);
    held.assertHeld();
    const stream = await publisher();
    const sent = await Promise.allSettled(
      rows.map(async (row) => ({ row, streamSeq: await stream.publish(row.event, row.jobId, row.epoch) })),
    );
    held.assertHeld();
    const refused: { row: UnpublishedEvent; why: string }[] = [];
    for (const [index, result] of sent.entries()) {
      if (result.status === 'fulfilled') continue;
      if (!(result.reason instanceof EventRefused)) throw result.reason; // the batch is dropped, and sent again
      const row = rows[index];
      if (row !== undefined) refused.push({ row, why: result.reason.message });
    }
    await markPublished(
      store,
      held.lease,
      sent.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    );
    for (const { row, why } of refused) {
      await refuseEvent(store, row, why); // EV-5: out of the way of the others
      onRefused(row, why);
    }
    return rows.length;
  }

  return async (): Promise<StepResult> => {
    const lanes = await listUnpublishedLanes(store);
    try {
      const counts = await Promise.all(
        lanes.map((lane) => laneOf(lane).hold((held) => publishLane(lane, held))),
      );
      return counts.some((count) => count !== null && count > 0) ? 'more' : 'idle';
    } catch (error) {
      await dropConnection();
      throw error;
    }
  };
}
