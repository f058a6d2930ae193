import { admitBatch, type OfferedRun } from '../admit-batch.ts';
import { lateAfter } from '../catch-up.ts';
import { nextTick } from '../due-times.ts';
import { noCatchUp } from '../job.ts';
import type { Outcome } from '../outcome.ts';
import { isPauseOver, type Pause } from '../pause.ts';
import { byPlace } from '../place.ts';
import { type PlannedRun, planTicks } from '../plan-ticks.ts';
import { defaultPool, type PoolStanding, unlimited } from '../pool.ts';
import { isSettled, type RunState } from '../run-state.ts';
import { type Settlement, settleRun } from '../settle-run.ts';
import type { ChildJob } from '../triggered-children.ts';
import { unblockRuns } from '../unblock-runs.ts';
import {
  become,
  blockedRunOf,
  jobStandingOf,
  pacedUntilOf,
  poolStandingOf,
  writeAdmitted,
  writeUnblocked,
} from './counted-rows.ts';
import { newJob, type Policies, scheduleOf, type WalkedJob, type WalkedRun } from './walked-job.ts';

/** What a claim has come to. */
export interface Claimed {
  readonly started: readonly WalkedRun[];
  /** Runs at work that are to end for the sake of others. */
  readonly asked: readonly WalkedRun[];
}

const horizonMs = 60_000;
const rowsOfAPlan = 100;

/**
 * The ledger in memory: rows that are moved by the decisions of the domain, as storage moves those in Postgres. What
 * storage guards by locks and conditions is guarded here by plain ifs.
 */
export class WalkedLedger {
  now = 0;
  /** Of the pool that both jobs are in. */
  capacity: number | null = null;
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
    const open = this.of(job, 'running', 'queued', 'blocked');
    return open.filter((other) => other.id !== id && other.attempt > 0).length;
  }

  plan(aheadMs = horizonMs): void {
    const job = this.job('parent');
    const { everyMs, catchUp, startWithinMs } = this.policies('parent');
    for (let more = true; more && job.cursor !== null && job.cursor <= this.now + aheadMs; ) {
      const plan = planTicks({
        schedule: scheduleOf(everyMs, catchUp),
        catchUp,
        lateAfterMs: lateAfter(startWithinMs),
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
    this.#moveWaiting(id);
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
    for (const run of this.of(id, 'queued', 'blocked')) become(run, 'cancelled', 'job_deleted');
    job.isDeleted = true;
    job.cursor = null;
  }

  claim(runs: readonly WalkedRun[], worker: number): Claimed {
    const jobs = new Map(this.#jobs.map(({ id }) => [id, this.#standing(id)]));
    const pools = new Map([[defaultPool, this.#pool()]]);
    const decision = admitBatch(
      runs.map((run) => this.#offer(run)),
      { jobs, pools },
    );
    const started = writeAdmitted(this.rows, decision);
    for (const run of started) run.worker = worker;
    const ended = [...this.rows.values()].filter(({ id }) => decision.ends.has(id));
    return { started, asked: ended.filter(({ state }) => state === 'running') };
  }

  /** SE-1: null where the attempt is not this worker's any more. */
  settle(id: string, attempt: number, worker: number, outcome: Outcome, chance: number): Settlement | null {
    const run = this.rows.get(id);
    if (run === undefined || run.state !== 'running' || run.attempt !== attempt || run.worker !== worker)
      return null;
    const { retry, guarantee } = this.termsOf(run);
    const facts = {
      now: this.now,
      retry,
      guarantee,
      cancelReason: run.cancelReason,
      jobDeleted: this.job(run.job).isDeleted,
      children: run.job === this.#childOf ? this.#children() : [],
    };
    const settlement = settleRun({ ...run, rootId: id }, outcome, facts, chance);
    run.failures = settlement.failures;
    run.losses = settlement.losses;
    run.worker = null;
    if (settlement.kind === 'requeued') {
      become(run, 'queued');
      run.dueAt = settlement.dueAt;
    } else {
      become(run, settlement.state, settlement.reason);
      for (const child of settlement.children) {
        const { jobId, key, parentId, depth, dueAt, state, reason } = child;
        this.#insert(jobId, { cause: 'parent', key, parentId, depth, dueAt, state, reason });
      }
    }
    this.#unblockBehind(run);
    return settlement;
  }

  /** CL-3: a claim that its worker knows it never started. */
  handBack(run: WalkedRun): void {
    run.worker = null;
    if (run.cancelReason !== null) become(run, 'cancelled', run.cancelReason);
    else become(run, 'queued');
    this.#unblockBehind(run);
  }

  cancel(run: WalkedRun): void {
    if (run.state === 'running') run.cancelReason ??= 'requested';
    else if (!isSettled(run.state)) become(run, 'cancelled', 'requested');
  }

  /** GA-2: all that is blocked, with all gates. */
  admitBlocked(): void {
    this.#unblock(this.#blocked(), ['parent', 'child']);
  }

  /** SE-3: start deadlines that have passed. */
  expire(): void {
    for (const run of this.rows.values()) {
      const isWaiting = run.attempt === 0 && (run.state === 'queued' || run.state === 'blocked');
      if (isWaiting && run.startBy !== null && run.startBy <= this.now)
        become(run, 'expired', 'start_deadline');
    }
  }

  /** GA-2: of its own job the oldest that waits for others, of the pool the one that comes first, with its own gates alone. */
  #unblockBehind({ job }: WalkedRun): void {
    const blocked = this.#blocked();
    const behind = blocked.find((run) => run.job === job && run.blockedBy === 'overlap');
    const next = blocked.find(({ blockedBy }) => blockedBy === 'pool');
    const chosen = [behind, next].filter((run) => run !== undefined);
    this.#unblock(chosen, [job]);
  }

  #unblock(blocked: readonly WalkedRun[], gates: readonly string[]): void {
    if (blocked.length === 0) return;
    const known = this.#jobs.filter(({ id }) => gates.includes(id) || this.policies(id).overlap === 'allow');
    const jobs = new Map(
      known.map(({ id }) => [id, { overlap: this.policies(id).overlap, ...this.#standing(id) }]),
    );
    const pools = new Map([[defaultPool, this.#pool()]]);
    writeUnblocked(this.rows, unblockRuns(blocked.map(blockedRunOf), { jobs, pools }), this.now);
  }

  #blocked(): WalkedRun[] {
    return [...this.rows.values()].filter(({ state }) => state === 'blocked').sort(byPlace);
  }

  #standing(job: string) {
    return jobStandingOf([...this.rows.values()], job, this.now);
  }

  #pool(): PoolStanding {
    const { capacity } = this;
    return capacity === null
      ? unlimited
      : poolStandingOf([...this.rows.values()], defaultPool, capacity, this.now);
  }

  #withdrawPlans(job: string): void {
    this.plan(0);
    for (const { id, tickAt, attempt } of this.of(job, 'queued')) {
      if (tickAt !== null && tickAt > this.now && attempt === 0) this.rows.delete(id);
    }
  }

  /** AD-3: the place of what waits is told by the job's present priority. */
  #moveWaiting(id: string): void {
    const { priority } = this.policies(id);
    const moved = this.of(id, 'queued', 'blocked').filter((run) => run.priority !== priority);
    for (const run of moved) Object.assign(run, { priority, heldUntil: null });
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
    const { overlap, backlog, catchUp, startWithinMs } = this.policies(run.job);
    const lateAfterMs = lateAfter(startWithinMs);
    const isLate = this.now - run.dueAt > lateAfterMs;
    return {
      jobId: run.job,
      pool: run.pool,
      run: { ...run },
      now: this.now,
      offeredAttempt: run.attempt,
      jobDeleted: this.job(run.job).isDeleted,
      overlap,
      backlog,
      catchUp: run.cause === 'schedule' ? catchUp : noCatchUp,
      lateAfterMs,
      pause: this.job(run.job).pause,
      newerTicks: isLate ? this.#newerTicks(run) : 0,
      pacedUntil: isLate && catchUp.policy === 'all' ? pacedUntilOf([...this.rows.values()], run.job) : null,
    };
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
    const { priority, startWithinMs } = this.policies(job);
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
      pool: defaultPool,
      priority,
      startBy: startWithinMs === null ? null : run.dueAt + startWithinMs,
      hasWaited: false,
      blockedBy: null,
      heldUntil: null,
      pacedAt: null,
      cancelReason: null,
      ...run,
      id,
      job,
      revision: this.job(job).revisions.length - 1,
    });
  }
}
