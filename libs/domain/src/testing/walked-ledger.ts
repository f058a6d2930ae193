import { admitBatch, type JobStanding, type OfferedRun } from '../admit-batch.ts';
import { type CatchUp, lateThresholdMs } from '../catch-up.ts';
import { nextTick } from '../due-times.ts';
import { noCatchUp } from '../job.ts';
import type { Cause } from '../key.ts';
import type { Outcome } from '../outcome.ts';
import type { OtherRun, Overlap } from '../overlap.ts';
import { isPauseOver, type Pause } from '../pause.ts';
import { type PlannedRun, planTicks } from '../plan-ticks.ts';
import type { RetryPolicy } from '../retry.ts';
import { isSettled, mayBecome, type Reason, type RunState, reasons } from '../run-state.ts';
import type { EverySchedule } from '../schedule.ts';
import { type Guarantee, type Settlement, settleRun } from '../settle-run.ts';
import type { ChildJob } from '../triggered-children.ts';

/** What an edit may change. */
export interface Policies {
  readonly everyMs: number;
  readonly catchUp: CatchUp;
  readonly overlap: Overlap;
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

export interface WalkedRun {
  readonly id: string;
  readonly job: string;
  readonly cause: Cause;
  readonly key: string;
  readonly tickAt: number | null;
  tickUntil: number | null;
  tickCount: number;
  readonly parentId: string | null;
  readonly depth: number;
  readonly revision: number;
  state: RunState;
  reason: Reason | null;
  dueAt: number;
  attempt: number;
  failures: number;
  losses: number;
  worker: number | null;
  cancelRequested: boolean;
}

const horizonMs = 60_000;
const rowsOfAPlan = 100;

/**
 * The ledger in memory: rows that are moved by the decisions of the domain, as storage moves those in Postgres. What
 * storage guards by locks and conditions is guarded here by plain ifs.
 */
export class WalkedLedger {
  now = 0;
  readonly rows = new Map<string, WalkedRun>();
  readonly #jobs: readonly WalkedJob[];
  readonly #childOf: string;
  #made = 0;

  /** The second job is triggered by every end of the first. */
  constructor(parent: Policies, child: Policies) {
    this.#jobs = [newJob('parent', parent), { ...newJob('child', child), cursor: null }];
    this.#childOf = 'parent';
    const [first] = this.#jobs;
    if (first !== undefined) first.cursor = this.#firstTick(first);
  }

  job(id: string): WalkedJob {
    const found = this.#jobs.find((job) => job.id === id);
    if (found === undefined) throw new Error(`no job ${id}`);
    return found;
  }

  policies(id: string): Policies {
    const latest = this.job(id).revisions.at(-1);
    if (latest === undefined) throw new Error(`job ${id} has no revision`);
    return latest;
  }

  /** Of the revision that the run carries out (AD-3). */
  termsOf(run: WalkedRun): Policies {
    return this.job(run.job).revisions[run.revision] ?? this.policies(run.job);
  }

  of(job: string, ...states: RunState[]): WalkedRun[] {
    return [...this.rows.values()].filter((run) => run.job === job && states.includes(run.state));
  }

  /** Runs of the job that have started and are not settled, but this one. */
  othersOpen({ id, job }: WalkedRun): number {
    return this.of(job, 'running', 'queued').filter((other) => other.id !== id && other.attempt > 0).length;
  }

  plan(aheadMs = horizonMs): void {
    const job = this.job('parent');
    const { everyMs, catchUp } = this.policies('parent');
    for (let more = true; more && job.cursor !== null && job.cursor <= this.now + aheadMs; ) {
      const plan = planTicks({
        schedule: scheduleOf(everyMs, catchUp),
        catchUp,
        lateAfterMs: lateThresholdMs,
        nextTickAt: job.cursor,
        now: this.now,
        horizonAt: this.now + aheadMs,
        spreadOffsetMs: 0,
        maxRows: rowsOfAPlan,
        known: this.#ticksSince(job.cursor),
        pause: job.pause === null ? null : { ...job.pause, range: this.#rangeOf(job) },
      });
      for (const run of plan.runs)
        this.#insert('parent', { ...run, cause: 'schedule', key: String(run.tickAt) });
      if (plan.closedRange !== null) this.#fold(plan.closedRange);
      job.range = plan.openRange === null ? null : this.#fold(plan.openRange);
      job.cursor = plan.nextTickAt;
      more = plan.more;
    }
    if (
      job.pause !== null &&
      isPauseOver(job.pause, this.now) &&
      (job.cursor ?? this.now) >= (job.pause.until ?? 0)
    ) {
      job.pause = null;
      job.range = null;
    }
  }

  startByHand(job: string): void {
    if (this.job(job).isDeleted) return;
    this.#insert(job, {
      cause: 'manual',
      key: `hand ${this.#made}`,
      dueAt: this.now,
      state: 'queued',
      reason: null,
    });
  }

  /** ED-1: what has come is planned with the old revision, what has not come is withdrawn. */
  edit(id: string, change: Partial<Policies>): void {
    const job = this.job(id);
    if (job.isDeleted) return;
    this.#withdrawPlans(id);
    job.revisions.push({ ...this.policies(id), ...change });
    job.cursor = id === 'parent' ? this.#firstTick(job) : null;
  }

  /** AD-5: null resumes the job. */
  pause(id: string, pause: Pause | null): void {
    const job = this.job(id);
    if (job.isDeleted) return;
    this.#withdrawPlans(id);
    job.pause = pause;
    job.range = null;
    job.cursor = id === 'parent' ? this.#firstTick(job) : null;
  }

  delete(id: string): void {
    const job = this.job(id);
    if (job.isDeleted) return;
    this.#withdrawPlans(id);
    for (const run of this.of(id, 'queued')) this.#settle(run, 'cancelled', 'job_deleted');
    job.isDeleted = true;
    job.cursor = null;
  }

  /** Those of the runs that start; the others are settled or wait. */
  claim(runs: readonly WalkedRun[], worker: number): WalkedRun[] {
    const standings = {
      jobs: new Map(this.#jobs.map(({ id }) => [id, this.#standing(id)])),
      pools: new Map(),
    };
    const { admissions } = admitBatch(
      runs.map((run) => this.#offer(run)),
      standings,
    );
    const started: WalkedRun[] = [];
    for (const run of runs) {
      const admission = admissions.get(run.id);
      if (admission?.kind === 'settle') this.#settle(run, admission.state, admission.reason);
      if (admission?.kind !== 'start') continue;
      this.#move(run, 'running');
      run.attempt += 1;
      run.worker = worker;
      started.push(run);
    }
    return started;
  }

  /** SE-1: null where the attempt is not this worker's any more. */
  settle(id: string, attempt: number, worker: number, outcome: Outcome, chance: number): Settlement | null {
    const run = this.rows.get(id);
    if (run === undefined || run.state !== 'running' || run.attempt !== attempt || run.worker !== worker)
      return null;
    const children = run.job === this.#childOf ? this.#children() : [];
    const { retry, guarantee } = this.termsOf(run);
    const facts = {
      now: this.now,
      retry,
      guarantee,
      cancelReason: run.cancelRequested ? ('requested' as const) : null,
      children,
    };
    const jobDeleted = this.job(run.job).isDeleted;
    const settlement = settleRun({ ...run, rootId: id }, outcome, { ...facts, jobDeleted }, chance);
    run.failures = settlement.failures;
    run.losses = settlement.losses;
    run.worker = null;
    if (settlement.kind === 'requeued') {
      this.#move(run, 'queued');
      run.dueAt = settlement.dueAt;
      return settlement;
    }
    this.#settle(run, settlement.state, settlement.reason);
    for (const child of settlement.children) {
      const { jobId, key, parentId, depth, dueAt, state, reason } = child;
      this.#insert(jobId, { cause: 'parent', key, parentId, depth, dueAt, state, reason });
    }
    return settlement;
  }

  /** CL-3: a claim that its worker knows it never started. */
  handBack(run: WalkedRun): void {
    run.worker = null;
    if (run.cancelRequested) this.#settle(run, 'cancelled', 'requested');
    else this.#move(run, 'queued');
  }

  cancel(run: WalkedRun): void {
    if (run.state === 'running') run.cancelRequested = true;
    else if (!isSettled(run.state)) this.#settle(run, 'cancelled', 'requested');
  }

  #withdrawPlans(job: string): void {
    this.plan(0);
    for (const { id, tickAt, attempt } of this.of(job, 'queued')) {
      if (tickAt !== null && tickAt > this.now && attempt === 0) this.rows.delete(id);
    }
  }

  #firstTick({ id }: WalkedJob): number | null {
    const { everyMs, catchUp, enabled } = this.policies(id);
    return enabled ? (nextTick(scheduleOf(everyMs, catchUp), this.now)?.tickAt ?? null) : null;
  }

  #children(): ChildJob[] {
    const { isDeleted, revisions, pause } = this.job('child');
    if (isDeleted || this.job('parent').isDeleted) return []; // the deletion detaches it
    const { enabled } = this.policies('child');
    return [{ jobId: 'child', revision: revisions.length - 1, enabled, on: 'complete', delayMs: 0, pause }];
  }

  #offer(run: WalkedRun): OfferedRun {
    const { overlap, catchUp } = this.policies(run.job);
    return {
      jobId: run.job,
      pool: 'default',
      run: { ...run, priority: 0, startBy: null, hasWaited: false },
      now: this.now,
      offeredAttempt: run.attempt,
      jobDeleted: this.job(run.job).isDeleted,
      overlap,
      backlog: 1,
      lateAfterMs: lateThresholdMs,
      catchUp: run.cause === 'schedule' ? catchUp : noCatchUp,
      pause: this.job(run.job).pause,
      pacedUntil: null,
      newerTicks: this.now - run.dueAt > lateThresholdMs ? this.#newerTicks(run) : 0,
    };
  }

  #standing(job: string): JobStanding {
    const started = this.of(job, 'running', 'queued').filter(({ attempt }) => attempt > 0);
    const runs = started.map(
      ({ id, dueAt, state }): OtherRun => ({
        id,
        priority: 0,
        dueAt,
        standing: state === 'running' ? 'running' : 'again',
      }),
    );
    return { runs };
  }

  #newerTicks({ job, tickAt }: WalkedRun): number {
    const { cursor } = this.job(job);
    const rows = [...this.rows.values()].filter(
      (other) =>
        other.job === job &&
        other.tickAt !== null &&
        other.tickAt > (tickAt ?? 0) &&
        other.tickAt <= this.now,
    );
    return rows.length + (cursor !== null && cursor <= this.now ? 1 : 0);
  }

  /** ED-1: ticks that have their row already; those of a range row lie before the cursor. */
  #ticksSince(cursor: number): ReadonlySet<number> {
    const ticks = [...this.rows.values()].flatMap(({ job, tickAt }) =>
      job === 'parent' && tickAt !== null && tickAt >= cursor ? [tickAt] : [],
    );
    return new Set(ticks);
  }

  #rangeOf({ range }: WalkedJob): PlannedRun | null {
    const row = range === null ? undefined : this.rows.get(range);
    if (row === undefined || row.tickAt === null) return null;
    const { tickAt, tickUntil, tickCount, dueAt, reason } = row;
    return { tickAt, tickUntil, tickCount, dueAt, state: 'skipped', reason };
  }

  /** ED-4: the one settled row that grows. */
  #fold(range: PlannedRun): string {
    const id = `parent schedule ${range.tickAt}`;
    const row = this.rows.get(id);
    if (row === undefined) this.#insert('parent', { ...range, cause: 'schedule', key: String(range.tickAt) });
    else Object.assign(row, { tickUntil: range.tickUntil, tickCount: range.tickCount });
    return id;
  }

  /** ID-1: its identity is the row's id here. */
  #insert(
    job: string,
    run: Partial<WalkedRun> & Pick<WalkedRun, 'cause' | 'key' | 'dueAt' | 'state' | 'reason'>,
  ) {
    const id = `${job} ${run.cause} ${run.key}`;
    if (this.rows.has(id)) throw new Error(`${id} is in the ledger`);
    this.#made += 1;
    this.rows.set(id, {
      tickAt: null,
      tickUntil: null,
      tickCount: 1,
      parentId: null,
      depth: 0,
      attempt: 0,
      failures: 0,
      losses: 0,
      worker: null,
      cancelRequested: false,
      ...run,
      id,
      job,
      revision: this.job(job).revisions.length - 1,
    });
  }

  #settle(run: WalkedRun, state: RunState, reason: Reason | null): void {
    this.#move(run, state);
    const known: readonly (Reason | null)[] =
      isSettled(state) && state !== 'succeeded' ? reasons[state] : [null];
    if (!known.includes(reason)) throw new Error(`${run.id} is ${state} for ${reason}`);
    run.reason = reason;
  }

  #move(run: WalkedRun, state: RunState): void {
    if (!mayBecome(run.state, state)) throw new Error(`${run.id} went from ${run.state} to ${state}`);
    run.state = state;
  }
}

function newJob(id: string, policies: Policies): WalkedJob {
  return { id, revisions: [policies], cursor: null, isDeleted: false, pause: null, range: null };
}

function scheduleOf(everyMs: number, catchUp: CatchUp): EverySchedule {
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
