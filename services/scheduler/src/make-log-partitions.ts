import type { StepResult } from '@flotilla/runtime';
import { makeLogPartitions, readClock, type Store } from '@flotilla/storage';

/** LG-1: the day partitions of the coming days, made ahead. */
export function createLogPartitioning(store: Store, onMade: (names: readonly string[]) => void) {
  return async (): Promise<StepResult> => {
    const made = await makeLogPartitions(store, await readClock(store));
    if (made.length > 0) onMade(made);
    return 'idle';
  };
}
