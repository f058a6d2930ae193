import type { StepResult } from '@flotilla/runtime';
import { makeLogPartitions, type Store } from '@flotilla/storage';

/** LG-1: the day partitions of the coming days, made ahead. */
export function createLogPartitioning(store: Store, onMade: (names: readonly string[]) => void) {
  return async (): Promise<StepResult> => {
    const made = await makeLogPartitions(store, Date.now());
    if (made.length > 0) onMade(made);
    return 'idle';
  };
}
