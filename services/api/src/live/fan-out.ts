import type { Frame } from './frame.ts';
import { follows, type Position } from './position.ts';

/** One follower of the live events. */
export interface Listener {
  send(frame: Frame): void;
  /** Events may have been lost before the next one. */
  reset(): void;
}

/** One subscription, shared by all clients, with the newest events in memory for those who come back. */
export interface FanOut {
  /** The newest event that was published. */
  readonly last: Position | null;
  /** The newest one may be published again: a subscription that begins anew shows so that the stream is still the same. */
  publish(frame: Frame): void;
  /** The subscription was interrupted at a place that nobody knows. */
  interrupt(): void;
  /**
   * Follows from now on, or from after `seen` where it is still remembered; null where it is not. The returned
   * function leaves.
   */
  join(listener: Listener, seen: Position | null): (() => void) | null;
}

/** About 1 KB each. */
const rememberedFrames = 1_000;

/** Another event may lie at the same place of another life of the stream. */
function isSame(frame: Frame, other: Frame): boolean {
  return (
    frame.epoch === other.epoch && frame.sequence === other.sequence && frame.event.id === other.event.id
  );
}

export function createFanOut(capacity: number = rememberedFrames): FanOut {
  const listeners = new Set<Listener>();
  const recent: Frame[] = [];
  let last: Frame | null = null;

  /** The remembered frames after `seen`; undefined where some of them are forgotten or of another stream. */
  function framesAfter(seen: Position): readonly Frame[] | undefined {
    if (last !== null && seen.epoch === last.epoch && seen.sequence === last.sequence) return [];
    const next = recent.findIndex((frame) => follows(frame, seen));
    return next === -1 ? undefined : recent.slice(next);
  }

  function interrupt(): void {
    recent.length = 0;
    for (const listener of [...listeners]) listener.reset();
  }

  return {
    get last() {
      return last;
    },
    interrupt,
    publish(frame) {
      if (last !== null && isSame(frame, last)) return;
      if (last !== null && !follows(frame, last)) interrupt();
      last = frame;
      recent.push(frame);
      if (recent.length > capacity) recent.shift();
      for (const listener of [...listeners]) listener.send(frame);
    },
    join(listener, seen) {
      const missed = seen === null ? [] : framesAfter(seen);
      if (missed === undefined) return null;
      for (const frame of missed) listener.send(frame);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
