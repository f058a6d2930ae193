import type { Publisher } from '@flotilla/events';
import type { HeldLane } from './lane.ts';

/** A lane that is held by another is asked for again so much later. */
const askAgainMs = 1_000;

/** Which lanes this replica has verified, on which connection and under which number. */
export function createVerifiedLanes(lanes: readonly number[], nowMs: () => number) {
  let connection: Publisher | null = null;
  let askAtMs = 0;
  const numbers = new Map<number, number>();

  return {
    /** EV-3: those that are still to be verified on this connection, whether or not they have anything to send. */
    missing(stream: Publisher): readonly number[] {
      if (stream !== connection) {
        connection = stream;
        askAtMs = 0;
        numbers.clear();
      }
      if (nowMs() < askAtMs || numbers.size === lanes.length) return [];
      askAtMs = nowMs() + askAgainMs;
      return lanes.filter((lane) => !numbers.has(lane));
    },
    has: (lane: number, { lease }: HeldLane, stream: Publisher) =>
      stream === connection && numbers.get(lane) === lease.number,
    add(lane: number, { lease }: HeldLane): void {
      numbers.set(lane, lease.number);
    },
  };
}
