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
  /** GA-3: the run was unblocked, and its place among the others is held. */
  readonly isHeld: boolean;
  /** The other runs of the job that count (AD-2). */
  readonly others: readonly OtherRun[];
  /** Later ticks of the job that have come, counted up to the limit of its catch-up. */
  readonly newerTicks: number;
  /** Up to when late ticks of the job have been given their times; null: none has. */
  readonly pacedUntil: number | null;
  readonly pool: PoolStanding;
}

/** AD-4: the time that pacing gave a late tick, to be counted whatever became of it; null where nothing is paced. */
interface Paced {
  readonly pacedAt: number | null;
}

export type Admission =
  | (Paced & { readonly kind: 'start'; readonly ends: readonly OverlapEnd[] })
  | { readonly kind: 'notYet'; readonly dueAt: number }
  /** AD-4: due later, so that late ticks start one after another. */
  | { readonly kind: 'pace'; readonly dueAt: number }
  /** It waits for the other runs of its job, or for room in its pool. */
  | (Paced & { readonly kind: 'block'; readonly by: BlockedBy; readonly ends: readonly OverlapEnd[] })
  /** Settled without a start. */
  | (Paced & { readonly kind: 'settle'; readonly state: SettledState; readonly reason: Reason })
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
  if (facts.jobDeleted) return settled('cancelled', 'job_deleted');
  if (run.dueAt > facts.now) return { kind: 'notYet', dueAt: run.dueAt };
  return run.attempt > 0 ? startWhereRoom(run, facts.pool, [], null) : admitFirst(run, facts);
}

function admitFirst(run: AdmittedRun, facts: AdmissionFacts): Admission {
  const { now } = facts;
  // AD-5: of a run without a tick the time is when it was to start; only a first start is asked, so `dueAt` still says it.
  if (isPausable(run.cause) && isPausedAt(facts.pause, run.tickAt ?? run.dueAt)) {
    return settled('skipped', 'paused');
  }
  if (run.startBy !== null && run.startBy <= now) return settled('expired', 'start_deadline');
  const isLate = run.cause === 'schedule' && !run.hasWaited && now - run.dueAt > facts.lateAfterMs;
  const missed = isLate ? missedBecause(facts.catchUp, { ...facts, lateMs: now - run.dueAt }) : null;
  if (missed !== null) return settled('missed', missed);
  const pacedAt =
    isLate && facts.catchUp.policy === 'all' ? pacedStart(facts.catchUp, facts.pacedUntil, now) : null;
  if (pacedAt !== null && pacedAt > now) return { kind: 'pace', dueAt: pacedAt };

  // What catch-up lets in is bounded by its limit; the backlog is asked once, of what comes in its time.
  const backlog = run.hasWaited || pacedAt !== null ? null : facts.backlog;
  const overlap = decideOverlap(run, { ...facts, backlog });
  if (overlap.kind === 'settle') return { ...overlap, pacedAt };
  if (overlap.kind === 'wait') return { kind: 'block', by: 'overlap', ends: overlap.ends, pacedAt };
  return startWhereRoom(run, facts.pool, overlap.ends, pacedAt);
}

/** The room of a run that this one ends is this one's to take. */
function startWhereRoom(
  run: Place,
  pool: PoolStanding,
  ends: readonly OverlapEnd[],
  pacedAt: number | null,
): Admission {
  return hasRoom(run, ends.length === 0 ? pool : without(ends, pool))
    ? { kind: 'start', ends, pacedAt }
    : { kind: 'block', by: 'pool', ends, pacedAt };
}

function without(ends: readonly OverlapEnd[], { held, waiting, ...pool }: PoolStanding): PoolStanding {
  const isLeft = (id: string) => ends.every((end) => end.id !== id);
  return {
    ...pool,
    held: new Set([...held].filter(isLeft)),
    waiting: waiting.filter(({ id }) => isLeft(id)),
  };
}

function settled(state: SettledState, reason: Reason): Admission {
  return { kind: 'settle', state, reason, pacedAt: null };
}
