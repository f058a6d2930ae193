import { type CatchUp, missedBecause, pacedStart } from './catch-up.ts';
import { decideOverlap, type OtherRun, type Overlap, type OverlapEnd } from './overlap.ts';
import { isPausable, isPausedAt, type Pause } from './pause.ts';
import type { Place } from './place.ts';
import { hasRoom, type PoolStanding } from './pool.ts';
import type { Run } from './run.ts';
import type { Reason, SettledState } from './run-state.ts';

/** What admission knows at the moment of the start, read after the locks were taken (TX-1). */
export interface AdmissionFacts {
  readonly now: number;
  /** The attempt that the message was handed out for: the run's own then. */
  readonly offeredAttempt: number;
  readonly jobDeleted: boolean;
  /** AD-3: the job's present policies, not those of the run's revision. */
  readonly overlap: Overlap;
  readonly backlog: number;
  readonly catchUp: CatchUp;
  readonly lateAfterMs: number;
  readonly pause: Pause | null;
  /** The other runs of the job that count (AD-2). */
  readonly others: readonly OtherRun[];
  /** Later ticks of the job that have come, counted up to the limit of its catch-up. */
  readonly newerTicks: number;
  /** Up to when late ticks of the job have been given their times; null: none has. */
  readonly pacedUntil: number | null;
  readonly pool: PoolStanding;
}

export type Admission =
  | {
      readonly kind: 'start';
      readonly ends: readonly OverlapEnd[];
      /** The time that pacing gave the run; null where nothing is paced. */
      readonly pacedAt: number | null;
    }
  | { readonly kind: 'notYet'; readonly dueAt: number }
  /** AD-4: due later, so that late ticks start one after another. */
  | { readonly kind: 'pace'; readonly dueAt: number }
  /** It waits for the other runs of its job, or for room in its pool. */
  | {
      readonly kind: 'block';
      readonly by: BlockedBy;
      readonly ends: readonly OverlapEnd[];
      readonly pacedAt: number | null;
    }
  /** Settled without a start. */
  | { readonly kind: 'settle'; readonly state: SettledState; readonly reason: Reason }
  /** Somebody else has moved the run on; nothing is to be done. */
  | { readonly kind: 'stale' };

/** What a blocked run waits for. */
export type BlockedBy = 'overlap' | 'pool';

export interface AdmittedRun extends Place, Pick<Run, 'state' | 'attempt' | 'cause' | 'tickAt'> {
  /** The start deadline; null: it may wait for ever. */
  readonly startBy: number | null;
  /** It was blocked or paced before: catch-up and backlog are asked once (AD-4). */
  readonly hasWaited: boolean;
}

/**
 * AD-1: what becomes of a queued run that a worker would start now. Asked in this order: open, due, pause, start
 * deadline, catch-up, overlap and backlog, pool. AD-2: a run that has started before is asked only whether it is open and
 * due, and has room.
 */
export function admitRun(run: AdmittedRun, facts: AdmissionFacts): Admission {
  if (run.state !== 'queued' || run.attempt !== facts.offeredAttempt) return { kind: 'stale' };
  if (facts.jobDeleted) return { kind: 'settle', state: 'cancelled', reason: 'job_deleted' };
  if (run.dueAt > facts.now) return { kind: 'notYet', dueAt: run.dueAt };
  return run.attempt > 0 ? startWhereRoom(run, facts, [], null) : admitFirst(run, facts);
}

function admitFirst(run: AdmittedRun, facts: AdmissionFacts): Admission {
  const { now } = facts;
  // AD-5: of a run without a tick the time is when it was to start; only a first start is asked, so `dueAt` still says it.
  if (isPausable(run.cause) && isPausedAt(facts.pause, run.tickAt ?? run.dueAt)) {
    return { kind: 'settle', state: 'skipped', reason: 'paused' };
  }
  if (run.startBy !== null && run.startBy <= now) {
    return { kind: 'settle', state: 'expired', reason: 'start_deadline' };
  }
  const isLate = run.cause === 'schedule' && !run.hasWaited && now - run.dueAt > facts.lateAfterMs;
  const missed = isLate ? missedBecause(facts.catchUp, { ...facts, lateMs: now - run.dueAt }) : null;
  if (missed !== null) return { kind: 'settle', state: 'missed', reason: missed };
  const pacedAt =
    isLate && facts.catchUp.policy === 'all' ? pacedStart(facts.catchUp, facts.pacedUntil, now) : null;
  if (pacedAt !== null && pacedAt > now) return { kind: 'pace', dueAt: pacedAt };

  const overlap = decideOverlap(run, { ...facts, hasWaited: run.hasWaited });
  if (overlap.kind === 'settle') return overlap;
  if (overlap.kind === 'wait') return { kind: 'block', by: 'overlap', ends: overlap.ends, pacedAt };
  return startWhereRoom(run, facts, overlap.ends, pacedAt);
}

function startWhereRoom(
  run: Place,
  { pool }: AdmissionFacts,
  ends: readonly OverlapEnd[],
  pacedAt: number | null,
): Admission {
  return hasRoom(run, pool) ? { kind: 'start', ends, pacedAt } : { kind: 'block', by: 'pool', ends, pacedAt };
}
