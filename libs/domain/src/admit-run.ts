import { type CatchUp, missedBecause } from './catch-up.ts';
import { isPausable, isPausedAt, type Pause } from './pause.ts';
import type { Run } from './run.ts';
import type { Reason, SettledState } from './run-state.ts';

export type Overlap = 'skip' | 'allow';

/** What admission knows at the moment of the start, read after the locks were taken (TX-1). */
export interface AdmissionFacts {
  readonly now: number;
  /** The attempt that the message was handed out for: the run's own then. */
  readonly offeredAttempt: number;
  readonly jobDeleted: boolean;
  /** AD-3: the job's present policies, not those of the run's revision. */
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  readonly pause: Pause | null;
  /** Other runs of the job that have started and are not settled, whatever they wait for (AD-2). */
  readonly othersStarted: number;
  /** Later ticks of the job that have come, counted up to the limit of its catch-up. */
  readonly newerTicks: number;
}

export type Admission =
  | { readonly kind: 'start' }
  | { readonly kind: 'notYet'; readonly dueAt: number }
  /** Settled without a start. */
  | { readonly kind: 'settle'; readonly state: SettledState; readonly reason: Reason }
  /** Somebody else has moved the run on; nothing is to be done. */
  | { readonly kind: 'stale' };

type AdmittedRun = Pick<Run, 'state' | 'attempt' | 'dueAt' | 'cause' | 'tickAt'>;

/**
 * AD-1: what becomes of a queued run that a worker would start now. Asked in this order: open, due, pause,
 * catch-up, overlap. AD-2: a run that has started before is asked only whether it is open and due.
 */
export function admitRun(run: AdmittedRun, facts: AdmissionFacts): Admission {
  if (run.state !== 'queued' || run.attempt !== facts.offeredAttempt) return { kind: 'stale' };
  if (facts.jobDeleted) return { kind: 'settle', state: 'cancelled', reason: 'job_deleted' };
  if (run.dueAt > facts.now) return { kind: 'notYet', dueAt: run.dueAt };
  if (run.attempt > 0) return { kind: 'start' };

  // AD-5: of a run without a tick the time is when it was to start; only a first start is asked, so `dueAt` still says it.
  if (isPausable(run.cause) && isPausedAt(facts.pause, run.tickAt ?? run.dueAt)) {
    return { kind: 'settle', state: 'skipped', reason: 'paused' };
  }
  if (run.cause === 'schedule') {
    const missed = missedBecause(facts.catchUp, facts.now - run.dueAt, facts.newerTicks);
    if (missed !== null) return { kind: 'settle', state: 'missed', reason: missed };
  }
  if (facts.overlap === 'skip' && facts.othersStarted > 0) {
    return { kind: 'settle', state: 'skipped', reason: 'overlap' };
  }
  return { kind: 'start' };
}
