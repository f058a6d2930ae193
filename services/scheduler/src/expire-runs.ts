import type { StepResult } from '@flotilla/runtime';
import { expireRuns, type Store } from '@flotilla/storage';

/** Runs that nobody has started by their deadline end. Replicas pass over each other's runs: no lane is needed. */
export function createExpiring(store: Store, onExpired: (count: number) => void) {
  return async (): Promise<StepResult> => {
    const { expired, more } = await expireRuns(store);
    if (expired > 0) onExpired(expired);
    return more ? 'more' : 'idle';
  };
}
