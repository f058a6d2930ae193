import { type KeptConnection, publishCancel, publishHint } from '@flotilla/events';
import type { RoomMade } from '@flotilla/storage';

/** What a worker tells the others of what its claims and ends have changed for them. */
export interface TellOthers {
  /** GA-2: runs may start now, or have room. */
  room(made: RoomMade): void;
  /** Runs were queued that may be due now. */
  queued(): void;
  /** CN-1: runs at work were asked to end for the sake of others. */
  askedToEnd(runIds: readonly string[]): void;
}

/** Without NATS nobody is told: schedulers look each second, and workers hear of cancels with their beats. */
export function createTellOthers(current: KeptConnection['current']): TellOthers {
  return {
    room({ unblocked, isLeft }) {
      const nats = current();
      if (nats === null) return;
      if (unblocked.length > 0) publishHint(nats, 'hand-out');
      if (isLeft) publishHint(nats, 'admit-blocked');
    },
    queued() {
      const nats = current();
      if (nats !== null) publishHint(nats, 'hand-out');
    },
    askedToEnd(runIds) {
      const nats = current();
      if (nats === null) return;
      for (const runId of runIds) publishCancel(nats, runId);
    },
  };
}
