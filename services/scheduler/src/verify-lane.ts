import type { Publisher } from '@flotilla/events';
import {
  clearLaneMarks,
  finishLane,
  type LaneLife,
  raiseStreamEpoch,
  readLaneLife,
  readLastMark,
  type Store,
  type StreamMark,
  type StreamPlace,
} from '@flotilla/storage';
import { type HeldLane, LaneLost } from './lane.ts';
import { findLastIntact } from './last-intact.ts';

export interface VerifyingOptions {
  readonly store: Store;
  /** The stream was rewound, or deleted; its life `epoch` begins. */
  readonly onRewound: (epoch: number) => void;
  /** So many events of a lane are to be published again. */
  readonly onCleared: (lane: number, count: number) => void;
}

/**
 * EV-3: compares what a lane believes the stream to have with the stream itself; what the stream has lost becomes
 * unpublished. Afterwards the lane may be sent from, on this connection and under the lane's new number.
 */
export function createVerifying({ store, onRewound, onCleared }: VerifyingOptions) {
  /** The epoch rises once for all lanes: one that is behind it finds what another has told. */
  async function tellLoss(lane: number, { epoch, clearedEpoch }: LaneLife): Promise<number> {
    if (clearedEpoch < epoch) return epoch;
    const raised = await raiseStreamEpoch(store, epoch);
    if (raised !== null) onRewound(raised);
    return raised ?? (await readLaneLife(store, lane)).epoch;
  }

  async function clearMarks(
    lane: number,
    held: HeldLane,
    range: { readonly after: StreamPlace; readonly since: number },
  ): Promise<void> {
    let [count, upTo]: [number, StreamPlace | null] = [0, null];
    do {
      held.assertHeld();
      const { cleared, next, isHeld } = await clearLaneMarks(store, held.lease, { lane, upTo, ...range });
      if (!isHeld) throw new LaneLost(`lane ${lane} was lost while its marks were cleared`);
      count += cleared;
      upTo = next;
    } while (upTo !== null);
    if (count > 0) onCleared(lane, count);
  }

  return async (lane: number, held: HeldLane, stream: Publisher): Promise<void> => {
    await held.renumber(); // EV-4: no mark that is still on its way may come after what is read now
    const life = await readLaneLife(store, lane);
    const last = await readLastMark(store, lane);
    const { maxAgeMs } = await stream.look();
    const since = maxAgeMs === null ? 0 : life.now - maxAgeMs;
    const isIntact = async (mark: StreamMark): Promise<boolean> =>
      mark.at < since || (await stream.has(mark)) || mark.sequence < (await stream.look()).firstSequence;

    if (last === null || (await isIntact(last))) {
      held.assertHeld();
      await finishLane(store, held.lease, lane, life.epoch);
      return;
    }
    const after = await findLastIntact(
      { lastMark: (upTo) => readLastMark(store, lane, upTo), isIntact },
      last,
    );
    held.assertHeld();
    const epoch = await tellLoss(lane, life);
    await clearMarks(lane, held, { after, since });
    await finishLane(store, held.lease, lane, epoch);
  };
}
