import type { CatchUp } from '../catch-up.ts';
import type { Overlap } from '../overlap.ts';
import type { Pause } from '../pause.ts';
import type { RetryPolicy } from '../retry.ts';
import type { EverySchedule } from '../schedule.ts';
import type { Guarantee } from '../settle-run.ts';
import type { CountedRow } from './counted-rows.ts';

/** What an edit may change. */
export interface Policies {
  readonly everyMs: number;
  readonly catchUp: CatchUp;
  readonly overlap: Overlap;
  readonly backlog: number;
  readonly priority: number;
  readonly startWithinMs: number | null;
  readonly guarantee: Guarantee;
  readonly retry: RetryPolicy;
  readonly enabled: boolean;
}

export interface WalkedJob {
  readonly id: string;
  /** By revision, from 0. */
  readonly revisions: Policies[];
  cursor: number | null;
  isDeleted: boolean;
  pause: Pause | null;
  /** The row into which the ticks of the pause fold. */
  range: string | null;
}

export interface WalkedRun extends CountedRow {
  readonly key: string;
  tickUntil: number | null;
  tickCount: number;
  readonly parentId: string | null;
  readonly depth: number;
  readonly revision: number;
  failures: number;
  losses: number;
  worker: number | null;
}

export function newJob(id: string, policies: Policies): WalkedJob {
  return { id, revisions: [policies], cursor: null, isDeleted: false, pause: null, range: null };
}

export function scheduleOf(everyMs: number, catchUp: CatchUp): EverySchedule {
  return {
    kind: 'every',
    everyMs,
    anchorAt: 0,
    zone: 'UTC',
    spreadMs: 0,
    catchUp,
    fromAt: null,
    untilAt: null,
  };
}
