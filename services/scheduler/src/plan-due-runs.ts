import { horizonMs } from '@flotilla/domain';
import type { StepResult } from '@flotilla/runtime';
import { type PlanResult, planDueRuns, type Store } from '@flotilla/storage';

/** Ticks before the horizon become ledger rows. Replicas pass each other's cursors over: no lane is needed. */
export function createPlanning(store: Store, onPlanned: (result: PlanResult) => void) {
  return async (): Promise<StepResult> => {
    const result = await planDueRuns(store, horizonMs);
    if (result.planned > 0 || result.blocked.length > 0) onPlanned(result);
    return result.more ? 'more' : 'idle';
  };
}
