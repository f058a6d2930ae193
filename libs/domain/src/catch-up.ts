import type { Reason } from './run-state.ts';

export type CatchUpPolicy = 'none' | 'latest' | 'all';

/** What becomes of ticks that nobody ran at their time. Durations in milliseconds. */
export interface CatchUp {
  readonly policy: CatchUpPolicy;
  /** Ticks older than this are not run under any policy, once they are late at all; null: no such bound. */
  readonly windowMs: number | null;
  /** Under `all`: how many of the newest are run. */
  readonly limit: number;
}

/** Until a tick is later than this nothing is asked: a flush of Redis or a restart of Postgres loses no tick (AD-4). */
export const lateThresholdMs = 60_000;

/**
 * ID-3: ticks older than this are not run under any policy. Runs are kept for as long at least, so that none that was
 * run can be forgotten and run again.
 */
export const oldestRunnableMs = 90 * 86_400_000;

/**
 * AD-4: why a late tick is not run, or null where it is. `newerTicks` counts the job's later ticks that have come
 * (a count that stops at `limit` is enough). The planner asks it of ticks that it finds late, admission of runs that
 * waited while no worker was there.
 */
export function missedBecause(catchUp: CatchUp, lateMs: number, newerTicks: number): Reason | null {
  if (lateMs <= lateThresholdMs) return null;
  if (lateMs > Math.min(catchUp.windowMs ?? oldestRunnableMs, oldestRunnableMs)) return 'outside_window';
  switch (catchUp.policy) {
    case 'none':
      return 'catch_up';
    case 'latest':
      return newerTicks > 0 ? 'superseded' : null;
    case 'all':
      return newerTicks >= catchUp.limit ? 'catch_up' : null;
  }
}
