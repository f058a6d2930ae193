import { setImmediate as nextTurn } from 'node:timers/promises';
import { sleep } from './clock.ts';

/** `more`: there is more to do at once; `idle`: nothing until the next look or a poke. */
export type StepResult = 'more' | 'idle';

export type LoopOptions = {
  readonly name: string;
  readonly everyMs: number;
  /** One look, one batch. The signal is aborted when the loop is stopped; `stop` waits for the step. */
  readonly step: (signal: AbortSignal) => Promise<StepResult>;
  /** Told of each failed step, with the wait before the next one. */
  readonly onError?: (error: unknown, backoffMs: number) => void;
  readonly onSuccess?: (result: StepResult) => void;
  readonly maxBackoffMs?: number;
  readonly clock?: LoopClock;
  readonly random?: () => number;
};

export type LoopClock = {
  now(): number;
  /** Resolves after `ms`, rejects when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
};

/** One chore, repeated. Stopping twice, before the start and while a step is under way are all legal. */
export type Loop = {
  readonly name: string;
  /** Epoch milliseconds of the last step that ended well; null until one has. */
  readonly lastSuccessAt: number | null;
  /** Steps that failed since the last one that ended well. */
  readonly failuresInARow: number;
  start(): void;
  /** Looks at once, or as soon as the step under way has ended. A back-off is not cut short. */
  poke(): void;
  stop(): Promise<void>;
};

export const DEFAULT_MAX_BACKOFF_MS = 30_000;
const FIRST_BACKOFF_MS = 250;
const systemClock: LoopClock = { now: Date.now, sleep };

export function createLoop(options: LoopOptions): Loop {
  const { name, everyMs, step, onError, onSuccess } = options;
  const { maxBackoffMs = DEFAULT_MAX_BACKOFF_MS, clock = systemClock, random = Math.random } = options;
  const stopping = new AbortController();
  const state = { lastSuccessAt: null as number | null, failuresInARow: 0, poked: false };
  let wake: (() => void) | undefined;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      state.poked = false;
      const outcome = await takeStep();
      if (outcome === 'more') {
        await nextTurn(); // timers and sockets have their turn between two batches
      } else if (outcome === 'idle') {
        await idle();
      } else {
        await pause(outcome.backoffMs, stopping.signal);
      }
    }
  }

  async function takeStep(): Promise<StepResult | { backoffMs: number }> {
    try {
      const result = await step(stopping.signal);
      state.lastSuccessAt = clock.now();
      state.failuresInARow = 0;
      onSuccess?.(result);
      return result;
    } catch (error) {
      state.failuresInARow += 1;
      const backoffMs = backoff(state.failuresInARow, maxBackoffMs, random());
      if (!isAbort(error, stopping.signal)) {
        onError?.(error, backoffMs);
      }
      return { backoffMs };
    }
  }

  async function idle(): Promise<void> {
    if (state.poked) {
      return;
    }
    const woken = new AbortController();
    wake = () => woken.abort();
    await pause(everyMs, AbortSignal.any([woken.signal, stopping.signal]));
    wake = undefined;
  }

  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      return;
    }
    try {
      await clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
    }
  }

  return {
    name,
    get lastSuccessAt() {
      return state.lastSuccessAt;
    },
    get failuresInARow() {
      return state.failuresInARow;
    },
    start() {
      running ??= stopping.signal.aborted ? Promise.resolve() : run();
    },
    poke() {
      state.poked = true;
      wake?.();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Exponential, never above the bound, and between half and the whole of it, so that replicas part. */
export function backoff(failures: number, maxBackoffMs: number, random: number): number {
  const wholeMs = Math.min(maxBackoffMs, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  return wholeMs * (0.5 + random / 2);
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return (
    signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'))
  );
}
