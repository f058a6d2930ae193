import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { admitBatch } from './admit-batch.ts';
import { lateThresholdMs } from './catch-up.ts';
import { noCatchUp } from './job.ts';
import type { Outcome } from './outcome.ts';
import type { OtherRun, Overlap } from './overlap.ts';
import type { RetryPolicy } from './retry.ts';
import { isSettled, mayBecome, type RunState, reasons } from './run-state.ts';
import { type CancelReason, type Guarantee, maxReplays, settleRun } from './settle-run.ts';
import type { ChildRun } from './triggered-children.ts';

interface Job {
  readonly overlap: Overlap;
  readonly guarantee: Guarantee;
  readonly retry: RetryPolicy;
}

interface Row {
  readonly id: string;
  readonly depth: number;
  readonly cause: 'manual';
  state: RunState;
  reason: string | null;
  dueAt: number;
  attempt: number;
  failures: number;
  losses: number;
  cancelReason: CancelReason | null;
}

function tally(counts: Map<string, number>, { id }: Row): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

/** One job's runs, moved by the decisions of the domain as the ledger moves them; what must hold is asked at each step. */
class Life {
  now = 0;
  deleted = false;
  readonly rows: Row[];
  readonly children: ChildRun[] = [];
  /** What happened to each run, counted apart from its own counters. */
  readonly claims = new Map<string, number>();
  readonly failed = new Map<string, number>();
  readonly lost = new Map<string, number>();
  /** Attempts that the platform ended and that cost nothing: drained, fenced. */
  readonly spared = new Map<string, number>();
  readonly job: Job;

  constructor(job: Job, runs: number) {
    this.job = job;
    this.rows = Array.from({ length: runs }, (_, index) => ({
      id: `run-${index}`,
      depth: 0,
      cause: 'manual',
      state: 'queued',
      reason: null,
      dueAt: 0,
      attempt: 0,
      failures: 0,
      losses: 0,
      cancelReason: null,
    }));
  }

  claim(): void {
    const standing = { runs: this.rows.flatMap(standingOf) };
    const standings = { jobs: new Map([['job', standing]]), pools: new Map() };
    const { admissions } = admitBatch(
      this.rows.map((row) => this.#offer(row)),
      standings,
    );
    for (const row of this.rows) {
      const admission = admissions.get(row.id);
      if (admission?.kind === 'settle') this.#move(row, admission.state, admission.reason);
      if (admission?.kind !== 'start') continue;
      this.#move(row, 'running', null);
      row.attempt += 1;
      tally(this.claims, row);
    }
    const fresh = this.rows.filter(({ state, attempt }) => state === 'running' && attempt === 1);
    if (this.job.overlap === 'skip') expect(fresh.length).toBeLessThanOrEqual(1);
  }

  end(row: Row, outcome: Outcome, chance: number): void {
    if (row.state !== 'running') return;
    const { job, now, deleted: jobDeleted } = this;
    const child = { jobId: 'child', revision: 1, enabled: true, on: 'complete', delayMs: 0 } as const;
    const facts = { ...job, now, jobDeleted, cancelReason: row.cancelReason, children: [child] };
    const settlement = settleRun({ ...row, rootId: row.id }, outcome, facts, chance);
    const isFailure = ['exited', 'signalled', 'timed_out', 'misconfigured'].includes(outcome.kind);
    if (isFailure && !(outcome.kind === 'exited' && outcome.exitCode === 0)) {
      tally(this.failed, row);
    }
    if (outcome.kind === 'lost') tally(this.lost, row);
    if (outcome.kind === 'drained' || outcome.kind === 'fenced') tally(this.spared, row);
    row.failures = settlement.failures;
    row.losses = settlement.losses;
    if (settlement.kind === 'requeued') {
      this.#move(row, 'queued', null);
      row.dueAt = settlement.dueAt;
      return;
    }
    this.#move(row, settlement.state, settlement.reason);
    this.children.push(...settlement.children);
  }

  cancel(row: Row): void {
    if (row.state === 'running') row.cancelReason = 'requested';
    else if (!isSettled(row.state)) this.#move(row, 'cancelled', 'requested');
  }

  /** AD-6: what waits is settled by the delete itself. */
  delete(): void {
    this.deleted = true;
    for (const row of this.rows) if (row.state === 'queued') this.#move(row, 'cancelled', 'job_deleted');
  }

  #move(row: Row, state: RunState, reason: string | null): void {
    expect(mayBecome(row.state, state), `${row.state} to ${state}`).toBe(true);
    if (isSettled(state))
      expect([...reasons[state], ...(state === 'succeeded' ? [null] : [])]).toContain(reason);
    row.state = state;
    row.reason = reason;
  }

  #offer(row: Row) {
    return {
      jobId: 'job',
      pool: 'default',
      run: { ...row, priority: 0, tickAt: null, startBy: null, hasWaited: false },
      now: this.now,
      offeredAttempt: row.attempt,
      jobDeleted: this.deleted,
      overlap: this.job.overlap,
      backlog: 1,
      catchUp: noCatchUp,
      lateAfterMs: lateThresholdMs,
      pause: null,
      newerTicks: 0,
      pacedUntil: null,
    };
  }
}

/** AD-2: it has started and is not settled. */
function standingOf({ id, dueAt, state, attempt }: Row): OtherRun[] {
  const place = { id, priority: 0, dueAt };
  if (state === 'running') return [{ ...place, standing: 'running' }];
  return state === 'queued' && attempt > 0 ? [{ ...place, standing: 'again' }] : [];
}

const outcomes: readonly Outcome[] = [
  { kind: 'exited', exitCode: 0 },
  { kind: 'exited', exitCode: 1 },
  { kind: 'signalled', signal: 'SIGKILL' },
  { kind: 'timed_out' },
  { kind: 'misconfigured', message: 'no such folder' },
  { kind: 'cancelled' },
  { kind: 'drained' },
  { kind: 'fenced' },
  { kind: 'lost', message: 'the worker is dead', isGone: false },
  { kind: 'lost', message: 'the worker is dead', isGone: true },
];
const jobs = fc.record<Job>({
  overlap: fc.constantFrom('skip', 'allow'),
  guarantee: fc.constantFrom('at-most-once', 'at-least-once'),
  retry: fc.record({
    attempts: fc.integer({ min: 1, max: 4 }),
    delayMs: fc.nat({ max: 100 }),
    factor: fc.constantFrom(1, 2),
    maxMs: fc.constant(200),
    on: fc.subarray(['failed', 'timed_out'] as const),
  }),
});
const steps = fc.array(
  fc.record({
    act: fc.constantFrom('claim', 'claim', 'end', 'end', 'end', 'wait', 'cancel', 'delete'),
    which: fc.nat({ max: 3 }),
    outcome: fc.constantFrom(...outcomes),
    chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  }),
  { maxLength: 60 },
);

test.prop([jobs, steps, fc.integer({ min: 1, max: 4 })], { numRuns: 300 })(
  'whatever happens to its runs, a job ends with each of them settled once, and with counters that tell what happened',
  (job, theSteps, runs) => {
    const life = new Life(job, runs);
    for (const { act, which, outcome, chance } of theSteps) {
      const row = life.rows[which % runs];
      if (act === 'claim') life.claim();
      if (act === 'wait') life.now += 50;
      if (act === 'delete') life.delete();
      if (row !== undefined && act === 'cancel') life.cancel(row);
      if (row !== undefined && act === 'end') life.end(row, outcome, chance);
    }
    // From here on all goes well: what is left comes to its end.
    for (let round = 0; life.rows.some(({ state }) => !isSettled(state)); round++) {
      expect(round).toBeLessThan(2 * runs + 2);
      life.now += 1_000;
      life.claim();
      for (const row of life.rows) life.end(row, { kind: 'exited', exitCode: 0 }, 0.5);
    }

    for (const { id, attempt, failures, losses, state, reason } of life.rows) {
      expect(attempt).toBe(life.claims.get(id) ?? 0);
      expect(failures).toBe(life.failed.get(id) ?? 0);
      expect(failures).toBeLessThanOrEqual(job.retry.attempts);
      expect(losses).toBe(life.lost.get(id) ?? 0);
      expect(losses).toBeLessThanOrEqual(maxReplays + 1);
      expect(attempt).toBeLessThanOrEqual(1 + failures + losses + (life.spared.get(id) ?? 0));
      if (reason === 'replay_cap') expect(losses).toBe(maxReplays + 1);
      if (attempt === 0) expect(state).toBeOneOf(['skipped', 'cancelled']);
      if (job.guarantee === 'at-most-once') expect(attempt).toBeLessThanOrEqual(failures + 1);
    }
    const parents = life.children.map(({ parentId }) => parentId);
    const firing = ['succeeded', 'failed', 'timed_out', 'interrupted'];
    expect(parents.toSorted()).toEqual(
      life.rows
        .filter(({ state }) => firing.includes(state))
        .map(({ id }) => id)
        .toSorted(),
    );
  },
);
