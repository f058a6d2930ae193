import { EventRefused, type Publisher } from '@flotilla/events';
import { monotonicMs, type StepResult, sleep } from '@flotilla/runtime';
import {
  eventLanes,
  listUnpublishedLanes,
  markPublished,
  readUnpublished,
  refuseEvent,
  type Store,
  type UnpublishedEvent,
  type UnpublishedLane,
} from '@flotilla/storage';
import type { HeldLane, Lane } from './lane.ts';
import { createVerifiedLanes } from './verified-lanes.ts';
import { createVerifying } from './verify-lane.ts';

export interface PublishingOptions {
  readonly store: Store;
  /** The publisher of the present connection; opens one where there is none. */
  readonly publisher: () => Promise<Publisher>;
  /** Closes the connection: what it has not acknowledged is sent again on another. */
  readonly dropConnection: () => Promise<void>;
  readonly laneOf: (lane: number) => Lane;
  readonly onPublished: (rows: readonly UnpublishedEvent[]) => void;
  readonly onRefused: (row: UnpublishedEvent, why: string) => void;
  /** The stream was rewound or deleted; its life `epoch` begins. */
  readonly onRewound: (epoch: number) => void;
  /** So many events of a lane are to be published again. */
  readonly onCleared: (lane: number, count: number) => void;
  readonly nowMs?: () => number;
}

/** A pass over the lanes has its price, whatever it finds: where that was little, more may collect before the next one. */
const smallPass = 100;
const collectMs = 40;

type Sent =
  | { readonly kind: 'acknowledged'; readonly row: UnpublishedEvent; readonly streamSeq: number }
  | { readonly kind: 'refused'; readonly row: UnpublishedEvent; readonly why: string };

/**
 * EV-2: committed facts reach the stream lane by lane, at most one unacknowledged event per entity. EV-3: only on a
 * connection on which the lane was verified.
 */
export function createPublishing(options: PublishingOptions) {
  const { store, publisher, dropConnection, laneOf, onPublished, onRefused } = options;
  const verify = createVerifying(options);
  const verified = createVerifiedLanes(allLanes, options.nowMs ?? monotonicMs);

  async function publishLane({ lane, isCleared }: UnpublishedLane, held: HeldLane, stream: Publisher) {
    if (!isCleared || !verified.has(lane, held, stream)) {
      await verify(lane, held, stream);
      verified.add(lane, held);
    }
    const rows = await readUnpublished(store, lane);
    held.assertHeld();
    const sent = await Promise.all(rows.map((row) => send(stream, row)));
    held.assertHeld();
    if (!stream.isOpen()) throw new Error('the connection to NATS was lost: the batch is sent again');
    const acknowledged = sent.filter((one) => one.kind === 'acknowledged');
    onPublished(await markPublished(store, held.lease, acknowledged));
    for (const { row, why } of sent.filter((one) => one.kind === 'refused')) {
      await refuseEvent(store, row, why); // EV-5: out of the way of the others
      onRefused(row, why);
    }
    return rows.length;
  }

  async function publishLanes(lanes: readonly UnpublishedLane[], stream: Publisher): Promise<StepResult> {
    await stream.look(); // EV-3: a stream that was made anew is not the one that was verified
    const works = lanes.map((one) => laneOf(one.lane).hold((held) => publishLane(one, held, stream)));
    await Promise.allSettled(works); // none may be at work any more when its lane is looked at again
    const counts = await Promise.all(works);
    const sent = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    if (sent === 0) return 'idle';
    if (sent < smallPass) await sleep(collectMs);
    return 'more';
  }

  return async (): Promise<StepResult> => {
    const listed = await listUnpublishedLanes(store);
    const stream = await publisher();
    const quiet = verified.missing(stream).filter((lane) => !listed.some((one) => one.lane === lane));
    try {
      return await publishLanes([...listed, ...quiet.map((lane) => ({ lane, isCleared: true }))], stream);
    } catch (error) {
      await dropConnection();
      throw error;
    }
  };
}

const allLanes: readonly number[] = Array.from({ length: eventLanes }, (_, lane) => lane);

/** Throws where the stream did not answer: the batch is dropped, and sent again. */
async function send(stream: Publisher, row: UnpublishedEvent): Promise<Sent> {
  try {
    return { kind: 'acknowledged', row, streamSeq: await stream.publish(row.event, row.jobId, row.epoch) };
  } catch (error) {
    if (!(error instanceof EventRefused)) throw error;
    return { kind: 'refused', row, why: error.message };
  }
}
