import { liveness } from '@flotilla/domain';
import { monotonicMs, type StepResult } from '@flotilla/runtime';
import {
  declareDead,
  type Judged,
  judgePass,
  recoverLostRuns,
  type SettleOptions,
  type Store,
} from '@flotilla/storage';
import type { Lane } from './lane.ts';

/** LV-3: silence of this length, counted in good passes of the judge, is death. GD-8: longer than any guard waits. */
export const { silenceMs } = liveness;
/** A pass that comes later than this after the one before it counts nothing; and no death is begun later after it. */
const longestGapMs = 2_000;

export interface RecoveryOptions extends Pick<SettleOptions, 'onRoom'> {
  /** One connection of the judge's own: what stops the beats must stop the judge. */
  readonly store: Store;
  readonly lane: Lane;
  /** Named in what is recorded of a death. */
  readonly judge: string;
  readonly onDeath: (worker: Judged) => void;
  readonly onRecovered: (count: number) => void;
  readonly nowMs?: () => number;
  readonly chance?: () => number;
}

/** Judges workers by their silence, and settles what dead ones had at work (LV-5). */
export function createRecovery(options: RecoveryOptions) {
  const { store, lane, judge, onDeath, onRecovered, nowMs = monotonicMs, chance = Math.random } = options;
  /** The last good pass; null before the first, when the count of whoever judged before goes on. */
  let last: { atMs: number; connections: number } | null = null;
  let hasFailed = false;

  function countedMs(atMs: number): number | null {
    if (hasFailed) return null;
    if (last === null) return 0;
    const gapMs = atMs - last.atMs;
    return gapMs > longestGapMs || last.connections !== store.connections() ? null : gapMs;
  }

  async function judgeWorkers(): Promise<void> {
    const atMs = nowMs();
    const connections = store.connections(); // before the pass: one that it opens itself is new to the next
    const judged = await judgePass(store, countedMs(atMs));
    last = { atMs, connections };
    for (const worker of judged) {
      if (worker.silentMs >= silenceMs && (await writeDeath(worker, atMs))) onDeath(worker);
    }
  }

  /**
   * LV-4: the time is asked once the transaction has begun, and Postgres ends one that is left idle (TX-5): however long
   * this process is frozen, and wherever, no death is written on what was seen long ago.
   */
  function writeDeath(worker: Judged, seenAtMs: number): Promise<boolean> {
    return store.transaction(async (session) => {
      const isTooOld = nowMs() - seenAtMs >= longestGapMs;
      return !isTooOld && declareDead(session, worker, judge);
    });
  }

  return async (): Promise<StepResult> => {
    try {
      const isJudge = await lane.hold(async () => {
        await judgeWorkers();
        return true;
      });
      hasFailed = false;
      if (isJudge === null) last = null; // somebody else counts: their count is the one to go on from
    } catch (error) {
      hasFailed = true;
      throw error;
    }
    const { recovered, more } = await recoverLostRuns(store, chance, options);
    if (recovered > 0) onRecovered(recovered);
    return more ? 'more' : 'idle';
  };
}
