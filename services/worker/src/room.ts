import { monotonicMs } from '@flotilla/runtime';
import type { Intake } from './intake.ts';

/** CL-3: a machine that had no room for a turn is given no other for so long. */
const firstPauseMs = 1_000;
/** The pause doubles up to this while no turn can begin: each run that goes round costs the ledger a row. */
const longestPauseMs = 30_000;

/** Whether the machine has room for turns: processes, memory, descriptors, disk. */
export interface Room {
  /** A turn could not begin for want of it. Those that fail together make one pause. */
  lacking(): void;
  /** A turn has begun. */
  found(): void;
}

export function createRoom(intake: Pick<Intake, 'closeFor'>, nowMs: () => number = monotonicMs): Room {
  let pauseMs = firstPauseMs;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  return {
    lacking() {
      const now = nowMs();
      if (now < pausedUntilMs) return;
      intake.closeFor('noRoom', pauseMs);
      pausedUntilMs = now + pauseMs;
      pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    },
    found() {
      pauseMs = firstPauseMs;
    },
  };
}
