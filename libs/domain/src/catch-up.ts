import type { Reason } from './run-state.ts';

export type CatchUpPolicy = 'none' | 'latest' | 'all';

/** What becomes of ticks that nobody ran at their time. Durations in milliseconds. */
export interface CatchUp {
  readonly policy: CatchUpPolicy;
  /** Ticks older than this are not run under any policy, once they are late at all; null: no such bound. */
  readonly windowMs: number | null;
  /** Under `all`: how many of the newest are run. */
  readonly limit: number;
  /** Under `all`: from one start to the next. */
  readonly paceMs: number;
}

/**
 * Where a job has no `startWithin`, nothing is asked until a tick is later than this: a flush of Redis or a restart of
 * Postgres loses no tick (AD-4).
 */
export const lateThresholdMs = 60_000;

/** How late a tick of a job is before it counts as late. */
export function lateAfter(startWithinMs: number | null): number {
  return startWithinMs ?? lateThresholdMs;
}

/**
 * ID-3: ticks older than this are not run under any policy. Runs are kept for as long at least, so that none that was
 * run can be forgotten and run again.
 */
export const oldestRunnableMs = 90 * 86_400_000;

/** A tick that is to be run, or was not run at its time. */
export interface Lateness {
  readonly lateMs: number;
  readonly lateAfterMs: number;
  /** The job's later ticks that have come; a count that stops at the policy's `limit` is enough. */
  readonly newerTicks: number;
}

/**
 * AD-4: why a late tick is not run, or null where it is. The planner asks it of ticks that it finds late, admission of
 * runs that waited while no worker was there.
 */
export function missedBecause(
  catchUp: CatchUp,
  { lateMs, lateAfterMs, newerTicks }: Lateness,
): Reason | null {
  if (lateMs <= lateAfterMs) return null;
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

/**
 * AD-4: when a late tick that `all` runs may start: now, or one pace after the last one that was told its time
 * (`pacedUntil`; null: none was).
 */
export function pacedStart(catchUp: CatchUp, pacedUntil: number | null, now: number): number {
  return pacedUntil === null ? now : Math.max(now, pacedUntil + catchUp.paceMs);
}
