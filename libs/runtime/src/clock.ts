import { setTimeout as timer } from 'node:timers/promises';

/**
 * Milliseconds on the machine's clock that nobody steps (CLOCK_MONOTONIC): all processes of a host read the same one, so
 * that an instant may be told to another process (GD-3).
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Waits `ms`; rejects with an `AbortError` as soon as the signal is aborted. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await timer(ms, undefined, signal === undefined ? {} : { signal });
}

/** A moment `ms` from now on the monotonic clock. */
export type Deadline = {
  /** Milliseconds that are left, never below 0. */
  remainingMs(): number;
  isOver(): boolean;
};

export function deadline(ms: number, nowMs: () => number = monotonicMs): Deadline {
  const endMs = nowMs() + ms;
  const remainingMs = () => Math.max(0, endMs - nowMs());
  return { remainingMs, isOver: () => remainingMs() === 0 };
}

/** Settles as `work` does, or rejects with `TimeLimitError` after `ms`; the work itself goes on unheard. */
export async function withTimeLimit<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  let limit: NodeJS.Timeout | undefined; // an aborted signal would make an error with each call that is in time
  const over = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new TimeLimitError(ms)), ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(limit);
  }
}

export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';

  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
  }
}
