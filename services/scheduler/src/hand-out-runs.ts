import { horizonMs } from '@flotilla/domain';
import type { Enqueuer } from '@flotilla/queue';
import type { StepResult } from '@flotilla/runtime';
import {
  handOutBounds,
  listWaitingPools,
  markHandedOut,
  poolLagMs,
  readHandOut,
  type Store,
} from '@flotilla/storage';
import type { HeldLane, Lane } from './lane.ts';

export interface HandingOutOptions {
  readonly store: Store;
  readonly enqueuer: Enqueuer;
  readonly laneOf: (pool: string) => Lane;
  readonly onHandedOut: (pool: string, count: number) => void;
}

/** HO-1: the one door to BullMQ. What is queued and due within the horizon is handed out, pool by pool. */
export function createHandingOut({ store, enqueuer, laneOf, onHandedOut }: HandingOutOptions) {
  async function handOut(pool: string, lane: HeldLane): Promise<number> {
    const handOuts = await readHandOut(store, pool, horizonMs);
    const [first] = handOuts;
    if (first === undefined) return 0;
    lane.assertHeld();
    await enqueuer.enqueue(pool, handOuts, first.now, await poolLagMs(store, pool));
    lane.assertHeld();
    await markHandedOut(store, handOuts); // HO-2: a crash before this hands out twice, and the claim decides
    onHandedOut(pool, handOuts.length);
    return handOuts.length;
  }

  return async (): Promise<StepResult> => {
    const pools = await listWaitingPools(store, horizonMs);
    const works = pools.map((pool) => laneOf(pool).hold((lane) => handOut(pool, lane)));
    await Promise.allSettled(works); // none may be at work any more when its lane is looked at again
    const counts = await Promise.all(works);
    return counts.some((count) => count !== null && count >= handOutBounds.batch) ? 'more' : 'idle';
  };
}
