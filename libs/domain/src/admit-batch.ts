import { type Admission, type AdmissionFacts, type AdmittedRun, admitRun } from './admit-run.ts';
import type { OtherRun, OverlapEnd } from './overlap.ts';
import { byPlace, type Place } from './place.ts';
import { type PoolStanding, unlimited } from './pool.ts';

/** A run that is offered for a start, with what is known of it alone. */
export interface OfferedRun extends Omit<AdmissionFacts, 'others' | 'isHeld' | 'pool'> {
  readonly jobId: string;
  readonly pool: string;
  readonly run: AdmittedRun;
}

/** What offered runs are counted against, as it was before any of their batch was decided. */
export interface Standings {
  /** Runs that count, by job; an offered run may be among them. A job that counts nobody may be left out. */
  readonly jobs: ReadonlyMap<string, JobStanding>;
  /** A pool without a cap may be left out. */
  readonly pools: ReadonlyMap<string, PoolStanding>;
}

export interface JobStanding {
  readonly runs: readonly OtherRun[];
}

export interface BatchDecision {
  /** By run id. A run that was handed out twice (HO-2) and is offered twice is decided once. */
  readonly admissions: ReadonlyMap<string, Admission>;
  /** What becomes of runs that were not offered, or started a moment ago. By run id. */
  readonly ends: ReadonlyMap<string, OverlapEnd['kind']>;
}

/**
 * TX-3: a batch is a fold. Each run is asked of the facts as the decisions before it leave them, in the order priority,
 * due time, id, so that any split of the same runs into batches decides the same.
 */
export function admitBatch(offered: readonly OfferedRun[], standings: Standings): BatchDecision {
  const fold = new Fold(standings);
  for (const offer of [...offered].sort((left, right) => byPlace(left.run, right.run))) fold.decide(offer);
  return { admissions: fold.admissions, ends: fold.ends };
}

interface FoldedPool extends PoolStanding {
  running: number;
  readonly held: Set<string>;
  waiting: readonly Place[];
}

interface FoldedJob {
  readonly runs: Map<string, OtherRun>;
  /** As this batch leaves it; null where it has paced no run of the job. */
  pacedUntil: number | null;
}

class Fold {
  readonly admissions = new Map<string, Admission>();
  readonly ends = new Map<string, OverlapEnd['kind']>();
  readonly #standings: Standings;
  readonly #jobs = new Map<string, FoldedJob>();
  readonly #pools = new Map<string, FoldedPool>();

  constructor(standings: Standings) {
    this.#standings = standings;
  }

  decide(offer: OfferedRun): void {
    const { run } = offer;
    if (this.admissions.has(run.id)) return;
    const job = this.#job(offer.jobId);
    const pool = this.#pool(offer.pool);
    const admission = this.#endedBefore(run) ?? admitRun(run, { ...offer, ...factsFor(offer, job), pool });
    this.admissions.set(run.id, admission);
    if (admission.kind === 'stale' || admission.kind === 'notYet') return;

    pool.held.delete(run.id);
    job.runs.delete(run.id);
    job.pacedUntil = (admission.kind === 'pace' ? admission.dueAt : admission.pacedAt) ?? job.pacedUntil;
    if (admission.kind !== 'start' && admission.kind !== 'block') return;
    for (const end of admission.ends) this.#end(end, job, pool);
    const { id, priority, dueAt, attempt } = run;
    if (admission.kind === 'start') {
      pool.running += 1;
      job.runs.set(id, { id, priority, dueAt, standing: 'running' });
    } else {
      job.runs.set(id, { id, priority, dueAt, standing: attempt > 0 ? 'again' : 'waiting' });
      if (admission.by === 'pool') pool.waiting = [...pool.waiting, run].sort(byPlace);
    }
  }

  /** Another run of this batch has ended it while it waited: what it was offered for is decided. */
  #endedBefore({ id, state }: AdmittedRun): Admission | null {
    const kind = this.ends.get(id);
    if (kind === undefined || state !== 'queued') return null;
    this.ends.delete(id);
    return settledBy(kind, null);
  }

  /** What is at work is asked to end and counts until it has; all else is settled. The runs of a job are in one pool. */
  #end({ id, kind }: OverlapEnd, job: FoldedJob, pool: FoldedPool): void {
    const decided = this.admissions.get(id);
    if (decided?.kind === 'block') this.admissions.set(id, settledBy(kind, decided.pacedAt));
    else this.ends.set(id, kind);
    if (job.runs.get(id)?.standing === 'running') return;
    job.runs.delete(id);
    pool.held.delete(id);
    pool.waiting = pool.waiting.filter((waiting) => waiting.id !== id);
  }

  #job(jobId: string): FoldedJob {
    const known = this.#jobs.get(jobId);
    if (known !== undefined) return known;
    const { runs } = this.#standings.jobs.get(jobId) ?? { runs: [] };
    const job = { runs: new Map(runs.map((run) => [run.id, run])), pacedUntil: null };
    this.#jobs.set(jobId, job);
    return job;
  }

  #pool(name: string): FoldedPool {
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const standing = this.#standings.pools.get(name) ?? unlimited;
    const pool = { ...standing, held: new Set(standing.held) };
    this.#pools.set(name, pool);
    return pool;
  }
}

function factsFor({ run, pacedUntil }: OfferedRun, { runs, ...job }: FoldedJob) {
  const others = [...runs.values()].filter(({ id }) => id !== run.id);
  const isHeld = runs.get(run.id)?.standing === 'held';
  return { others, isHeld, pacedUntil: job.pacedUntil ?? pacedUntil };
}

/** What an overlapping run makes of one that has not started, or waits for its next attempt. */
function settledBy(kind: OverlapEnd['kind'], pacedAt: number | null): Admission {
  return kind === 'supersede'
    ? { kind: 'settle', state: 'missed', reason: 'superseded', pacedAt }
    : { kind: 'settle', state: 'cancelled', reason: 'overlap_cancel', pacedAt };
}
