import type { StepResult } from '@flotilla/runtime';
import { admitBlocked, type Store } from '@flotilla/storage';

/** GA-2: blocked runs that no end has let go. Replicas wait for each other's gates: no lane is needed. */
export function createAdmitting(store: Store, onAdmitted: (count: number) => void) {
  return async (): Promise<StepResult> => {
    const { admitted, more } = await admitBlocked(store);
    if (admitted > 0) onAdmitted(admitted);
    return more ? 'more' : 'idle';
  };
}
