import type { Outcome } from './outcome.ts';
import type { RetryPolicy } from './retry.ts';
import { retryDelay } from './retry-delay.ts';
import type { Run } from './run.ts';
import type { Reason, SettledState } from './run-state.ts';
import { type ChildJob, type ChildRun, triggeredChildren } from './triggered-children.ts';

export type Guarantee = 'at-most-once' | 'at-least-once';

/** What settling knows, read after the run was locked (TX-1). */
export interface SettlementFacts {
  readonly now: number;
  /** AD-3: of the revision that the run carries out. */
  readonly retry: RetryPolicy;
  readonly guarantee: Guarantee;
  readonly cancelRequested: boolean;
  readonly jobDeleted: boolean;
  readonly children: readonly ChildJob[];
}

export type Settlement =
  | { readonly kind: 'requeued'; readonly dueAt: number; readonly failures: number }
  | {
      readonly kind: 'settled';
      readonly state: SettledState;
      readonly reason: Reason | null;
      readonly failures: number;
      readonly losses: number;
      readonly children: readonly ChildRun[];
    };

type SettledRun = Pick<Run, 'id' | 'depth' | 'failures' | 'losses'>;

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
    case 'signalled':
      return { state: 'failed', reason: 'signal' };
    case 'timed_out':
      return { state: 'timed_out', reason: 'deadline' };
    case 'output_limit':
      return { state: 'failed', reason: 'output_limit' };
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
  const mayGoOn = !facts.jobDeleted && !facts.cancelRequested;

  // A drained turn is known to be gone, so another attempt cannot double it; it costs neither a failure nor a loss.
  if (outcome.kind === 'drained' && facts.guarantee === 'at-least-once' && mayGoOn) {
    return { kind: 'requeued', dueAt: facts.now, failures: run.failures };
  }

  const failures = run.failures + (isFailure(observed.state) ? 1 : 0);
  if (mayGoOn && isRetryable(observed, facts.retry) && failures < facts.retry.attempts) {
    return { kind: 'requeued', dueAt: facts.now + retryDelay(facts.retry, failures, chance), failures };
  }

  const { state, reason } = facts.cancelRequested ? cancelled(observed, outcome) : observed;
  return {
    kind: 'settled',
    state,
    reason,
    failures,
    losses: run.losses + (outcome.kind === 'lost' ? 1 : 0),
    children: triggeredChildren(run, state, facts.children, facts.now),
  };
}

function isFailure(state: SettledState): boolean {
  return state === 'failed' || state === 'timed_out';
}

/** CN-1: a cancel turns every ending except success into `cancelled`. A lost turn is not known to be gone (LV-7). */
function cancelled(observed: Ending, outcome: Outcome): Ending {
  if (observed.state === 'succeeded' || outcome.kind === 'lost') return observed;
  return { state: 'cancelled', reason: 'requested' };
}
