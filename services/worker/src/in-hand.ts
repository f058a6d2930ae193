import type { StopReason } from '@flotilla/domain';

/** A run that this worker has claimed and not settled. */
export interface HeldRun {
  readonly runId: string;
  readonly attempt: number;
  /** When the claim was answered, on the monotonic clock (LV-2). */
  readonly claimedAtMs: number;
  /** Ends its turn; the reason is a StopReason. */
  readonly stop: AbortController;
}

/** The runs that a worker has in hand, by run id. */
export interface InHand {
  add(run: HeldRun): void;
  remove(run: HeldRun): void;
  get(runId: string): HeldRun | undefined;
  all(): readonly HeldRun[];
  /** Ends the turns of all of them. */
  stopAll(reason: StopReason): void;
  /** Resolves once nothing is in hand. */
  emptied(): Promise<void>;
}

export function createInHand(): InHand {
  const runs = new Map<string, HeldRun>();
  let waiting: (() => void)[] = [];
  return {
    add(run) {
      runs.set(run.runId, run);
    },
    remove(run) {
      if (runs.get(run.runId) === run) runs.delete(run.runId);
      if (runs.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    get: (runId) => runs.get(runId),
    all: () => [...runs.values()],
    stopAll(reason) {
      for (const { stop } of runs.values()) stop.abort(reason);
    },
    emptied: () => (runs.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
