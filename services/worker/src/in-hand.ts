import type { StopReason } from '@flotilla/domain';

/** A run that this worker has claimed and not settled. */
export interface HeldRun {
  readonly runId: string;
  readonly attempt: number;
  /** When the claim was answered, on the monotonic clock (LV-2). */
  readonly claimedAtMs: number;
  /** Ends its turn; the reason is a StopReason. */
  readonly stop: AbortController;
  /** GD-4: aborted once somebody else could double its turn, since an edit gave its job a gate. */
  readonly gated: AbortController;
  /** The turn has ended, and what is left is to settle: nobody's answer can end it any more. */
  hasEnded: boolean;
}

/** The runs that a worker has in hand, by run id. */
export interface InHand {
  add(run: HeldRun): void;
  remove(run: HeldRun): void;
  get(runId: string): HeldRun | undefined;
  all(): readonly HeldRun[];
  /** Ends the turns of all of them. */
  stopAll(reason: StopReason): void;
  /** The same, and of each that is added from now on. */
  close(reason: StopReason): void;
  /** Resolves once nothing is in hand. */
  emptied(): Promise<void>;
}

export function createInHand(): InHand {
  const runs = new Map<string, HeldRun>();
  let closedFor: StopReason | null = null;
  let waiting: (() => void)[] = [];

  function stopAll(reason: StopReason): void {
    for (const { stop } of runs.values()) stop.abort(reason);
  }

  return {
    add(run) {
      runs.set(run.runId, run);
      if (closedFor !== null) run.stop.abort(closedFor);
    },
    remove(run) {
      if (runs.get(run.runId) === run) runs.delete(run.runId);
      if (runs.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    get: (runId) => runs.get(runId),
    all: () => [...runs.values()],
    stopAll,
    close(reason) {
      closedFor = reason;
      stopAll(reason);
    },
    emptied: () => (runs.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
