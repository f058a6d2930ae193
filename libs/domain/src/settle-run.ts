import type { Outcome } from './outcome.ts';
import type { RetryPolicy } from './retry.ts';
import { retryDelay, retryJitter } from './retry-delay.ts';
import type { Run } from './run.ts';
import type { Reason, SettledState } from './run-state.ts';
import { type ChildJob, type ChildRun, triggeredChildren } from './triggered-children.ts';

export type Guarantee = 'at-most-once' | 'at-least-once';

/** Losses of its worker after which an at-least-once run still gets another attempt. One more, and it ends as poison. */
export const maxReplays = 3;

/** A gateway that wants to be left alone for longer is asked again after this: it may be a mistake of its clock. */
export const longestRetryAfterMs = 3_600_000;

/** Why a run at work is asked to end. */
export type CancelReason = 'requested' | 'overlap_cancel';

/** What settling knows, read after the run was locked (TX-1). */
export interface SettlementFacts {
  readonly now: number;
  /** AD-3: of the revision that the run carries out. */
  readonly retry: RetryPolicy;
  readonly guarantee: Guarantee;
  /** Who wants its end: somebody who asked for it, or another run of its job. Null: nobody. */
  readonly cancelReason: CancelReason | null;
  readonly jobDeleted: boolean;
  readonly children: readonly ChildJob[];
}

/** The counters that an end leaves in the run. */
interface Counters {
  readonly failures: number;
  readonly losses: number;
}

export type Settlement =
  | (Counters & { readonly kind: 'requeued'; readonly dueAt: number })
  | (Counters & {
      readonly kind: 'settled';
      readonly state: SettledState;
      readonly reason: Reason | null;
      readonly children: readonly ChildRun[];
    });

type SettledRun = Pick<Run, 'id' | 'rootId' | 'depth' | 'failures' | 'losses'>;

interface Ending {
  readonly state: SettledState;
  readonly reason: Reason | null;
}

/** What the outcome says by itself, before policies are asked. */
function ending(outcome: Outcome): Ending {
  switch (outcome.kind) {
    case 'exited':
      return outcome.exitCode === 0
        ? { state: 'succeeded', reason: null }
        : { state: 'failed', reason: 'exit_code' };
    case 'answered':
      return { state: 'succeeded', reason: null };
    case 'signalled':
      return { state: 'failed', reason: 'signal' };
    case 'timed_out':
      return { state: 'timed_out', reason: 'deadline' };
    case 'idle':
      return { state: 'timed_out', reason: 'idle' };
    case 'output_limit':
      return { state: 'failed', reason: 'output_limit' };
    case 'gateway':
      return { state: 'failed', reason: 'gateway' };
    case 'misconfigured':
      return { state: 'failed', reason: 'misconfigured' };
    case 'unstorable_output':
      return { state: 'failed', reason: 'unstorable_output' };
    case 'cancelled':
      return { state: 'cancelled', reason: 'requested' };
    case 'drained':
      return { state: 'interrupted', reason: 'drained' };
    case 'fenced':
    case 'lost':
      return { state: 'interrupted', reason: 'worker_lost' };
  }
}

/** A retry may help: the end counts as a failure, and another try would not meet the same obstacle (SE-2). */
function isRetryable({ state, reason }: Ending, retry: RetryPolicy): boolean {
  if (reason === 'misconfigured' || reason === 'unstorable_output') return false;
  return (state === 'failed' || state === 'timed_out') && retry.on.includes(state);
}

/**
 * What follows from the end of an attempt: another attempt, or the settled state with its reason and the children
 * that it triggers. `chance` is uniform in [0, 1) and moves the retry's delay alone.
 */
export function settleRun(
  run: SettledRun,
  outcome: Outcome,
  facts: SettlementFacts,
  chance: number,
): Settlement {
  const observed = ending(outcome);
  const counters = count(run, observed, outcome);
  const dueAt = nextAttemptAt(observed, outcome, counters, facts, chance);
  if (dueAt !== null) return { kind: 'requeued', dueAt, ...counters };

  const { state, reason } = lastEnding(observed, outcome, counters, facts);
  const children = triggeredChildren(run, state, facts.children, facts.now);
  return { kind: 'settled', state, reason, ...counters, children };
}

/** LV-7: a loss is the death of a worker; what its guard or its drain ended has cost nothing. */
function count(run: SettledRun, { state }: Ending, outcome: Outcome): Counters {
  const isFailure = state === 'failed' || state === 'timed_out';
  return {
    failures: run.failures + (isFailure ? 1 : 0),
    losses: run.losses + (outcome.kind === 'lost' ? 1 : 0),
  };
}

/** When the next attempt is due; null where this was the last one. */
function nextAttemptAt(
  observed: Ending,
  outcome: Outcome,
  { failures, losses }: Counters,
  { now, retry, guarantee, cancelReason, jobDeleted }: SettlementFacts,
  chance: number,
): number | null {
  if (cancelReason !== null || jobDeleted) return null; // CN-1, AD-6
  // The platform lost the turn: no fault of the job's, so neither its delay nor its attempts are asked.
  if (observed.state === 'interrupted') {
    return guarantee === 'at-least-once' && losses <= maxReplays ? now : null;
  }
  const mayTryAgain = isRetryable(observed, retry) && failures < retry.attempts;
  return mayTryAgain
    ? now + Math.max(retryDelay(retry, failures, chance), wantedPauseMs(outcome, chance))
    : null;
}

/** Even where the retry's own pause is shorter: who asks too early is only refused again. All that were refused do not come back as one. */
function wantedPauseMs(outcome: Outcome, chance: number): number {
  const wantedMs = outcome.kind === 'gateway' ? (outcome.retryAfterMs ?? 0) : 0;
  return Math.round(Math.min(wantedMs, longestRetryAfterMs) * (1 + retryJitter * chance));
}

function lastEnding(
  observed: Ending,
  outcome: Outcome,
  { losses }: Counters,
  { guarantee, cancelReason, jobDeleted }: SettlementFacts,
): Ending {
  if (cancelReason !== null) return cancelled(observed, outcome, cancelReason);
  const isPoison = outcome.kind === 'lost' && guarantee === 'at-least-once' && losses > maxReplays;
  return isPoison && !jobDeleted ? { state: 'interrupted', reason: 'replay_cap' } : observed;
}

/** CN-1: a cancel turns every ending except success into `cancelled`; LV-7: but not one that may still be at work. */
function cancelled(observed: Ending, outcome: Outcome, reason: CancelReason): Ending {
  const mayBeAtWork = outcome.kind === 'lost' && !outcome.isGone;
  if (observed.state === 'succeeded' || mayBeAtWork) return observed;
  return { state: 'cancelled', reason };
}
