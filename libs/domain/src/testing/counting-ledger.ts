import { admitBatch, type BatchDecision, type OfferedRun } from '../admit-batch.ts';
import type { AdmissionFacts } from '../admit-run.ts';
import type { PoolStanding } from '../pool.ts';
import { type Unblocking, unblockRuns } from '../unblock-runs.ts';
import {
  blockedRunOf,
  type CountedRow,
  jobStandingOf,
  pacedUntilOf,
  poolStandingOf,
  writeAdmitted,
  writeUnblocked,
} from './counted-rows.ts';

/** The present policies of a job. */
export type CountedJob = Pick<
  AdmissionFacts,
  'overlap' | 'backlog' | 'catchUp' | 'lateAfterMs' | 'jobDeleted' | 'pause'
>;

/** By name; null: no cap. */
export type Capacities = Readonly<Record<string, number | null>>;

/** A ledger in the small, at one instant: facts are counted from its rows, as a transaction counts them. */
export class CountingLedger {
  readonly rows: ReadonlyMap<string, CountedRow>;
  readonly #now: number;
  readonly #jobs: Readonly<Record<string, CountedJob>>;
  readonly #capacities: Capacities;

  constructor(
    now: number,
    rows: readonly CountedRow[],
    jobs: Readonly<Record<string, CountedJob>>,
    capacities: Capacities,
  ) {
    this.#now = now;
    this.rows = new Map(rows.map((row) => [row.id, { ...row }]));
    this.#jobs = jobs;
    this.#capacities = capacities;
  }

  /** One claim, whose messages are for the attempts that the rows have: facts for all, the decisions, one write. */
  claim(ids: readonly string[]): BatchDecision {
    const rows = this.#list();
    const offers = ids.flatMap((id) => rows.filter((row) => row.id === id)).map((row) => this.#offer(row));
    const jobs = new Map(Object.keys(this.#jobs).map((job) => [job, jobStandingOf(rows, job, this.#now)]));
    const decision = admitBatch(offers, { jobs, pools: this.#pools() });
    writeAdmitted(this.rows, decision);
    return decision;
  }

  /** With the gates of these jobs, and of all pools. */
  unblock(gates: readonly string[] = Object.keys(this.#jobs)): Unblocking {
    const rows = this.#list();
    const jobs = new Map(
      Object.entries(this.#jobs)
        .filter(([job]) => gates.includes(job))
        .map(([job, { overlap }]) => [job, { overlap, ...jobStandingOf(rows, job, this.#now) }]),
    );
    const blocked = rows.filter(({ state }) => state === 'blocked').map(blockedRunOf);
    const unblocking = unblockRuns(blocked, { jobs, pools: this.#pools() });
    writeUnblocked(this.rows, unblocking, this.#now);
    return unblocking;
  }

  pool(name: string): PoolStanding {
    return poolStandingOf(this.#list(), name, this.#capacities[name] ?? null, this.#now);
  }

  #list(): readonly CountedRow[] {
    return [...this.rows.values()];
  }

  #pools(): ReadonlyMap<string, PoolStanding> {
    return new Map(Object.keys(this.#capacities).map((name) => [name, this.pool(name)]));
  }

  #offer(row: CountedRow): OfferedRun {
    const job = this.#jobs[row.job];
    if (job === undefined) throw new Error(`no job ${row.job}`);
    const isNewer = ({ job: of, cause, tickAt }: CountedRow) =>
      of === row.job &&
      cause === 'schedule' &&
      (tickAt ?? 0) > (row.tickAt ?? 0) &&
      (tickAt ?? 0) <= this.#now;
    return {
      ...job,
      jobId: row.job,
      pool: row.pool,
      run: { ...row },
      now: this.#now,
      offeredAttempt: row.attempt,
      newerTicks: this.#list().filter(isNewer).length,
      pacedUntil: pacedUntilOf(this.#list(), row.job),
    };
  }
}
