import { type Outcome, overlaps, runStates } from '@flotilla/domain';
import { ModelLedger, type ModelRow, type Terms } from '@flotilla/domain/model-ledger';
import { expect, test } from 'vitest';
import { admitBlocked } from './admit-blocked.ts';
import { requestCancel } from './cancel.ts';
import { claimBatch, claimRuns } from './claim.ts';
import type { Session, Store } from './connect.ts';
import { deleteJob } from './delete-job.ts';
import { isTransient } from './errors.ts';
import { putJob } from './jobs.ts';
import { declareDead, declareDeadByEvidence } from './judge.ts';
import { planDueRuns } from './plan.ts';
import { recoverLostRuns } from './recover.ts';
import { settleAttempts } from './settle.ts';
import { startManualRun } from './start-manual-run.ts';
import { aClaim, aDocument, anEnd, aPool, aWorker, databaseNow, openTestLedger } from './test-ledger.ts';
import { handBack, leaveFleet } from './workers.ts';

const ledger = await openTestLedger();
const { sql } = ledger;

const walks = 200;
/** Steps of each, and how many of them take theirs at once. */
const stepsOfAWalk = 16;
const atOnce = 6;
const everyMs = 3_000;
/** Turns at once in the pool that each walk has for itself. */
const capacity = 2;
/** They take 20 s; a machine may be busy. */
const patienceMs = 300_000;
const actor = 'walker';
const goesWell: Outcome = { kind: 'exited', exitCode: 0 };

const ends: readonly Outcome[] = [
  goesWell,
  { kind: 'exited', exitCode: 1 },
  { kind: 'signalled', signal: 'SIGKILL' },
  { kind: 'timed_out' },
  { kind: 'misconfigured', message: 'no such folder' },
];

interface Row extends ModelRow {
  readonly jobId: string;
  readonly attempt: number;
  readonly revision: number;
  readonly worker: string | null;
  readonly pool: string;
  readonly isDue: boolean;
  readonly isToEnd: boolean;
}

/** Chance of a seed of its own, so that a walk can be taken again: mulberry32. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One user with a job that ticks and a job that it triggers, and workers of its own; all walks share one ledger. */
class Walk {
  readonly #store: Store;
  readonly #parent: string;
  readonly #child: string;
  readonly #model: ModelLedger;
  readonly #chance: () => number;
  readonly #terms = new Map<string, Terms & { overlap: string }>();
  #policies = new Map<string, Record<string, unknown>>();
  #workers: string[] = [];
  #pool = '';

  constructor(seed: number, store: Store) {
    this.#store = store;
    this.#parent = `walk-${seed}`;
    this.#child = `walk-${seed}-child`;
    this.#model = new ModelLedger(this.#parent, this.#child);
    this.#chance = chanceOf(seed);
  }

  async begin(): Promise<void> {
    this.#pool = await aPool(this.#store, capacity);
    this.#workers = await Promise.all(Array.from({ length: 3 }, () => this.#worker()));
    for (const job of [this.#parent, this.#child]) await this.#put(job, {});
  }

  async step(): Promise<void> {
    const steps = [
      () => this.claim(),
      () => this.claim(),
      () => planDueRuns(this.#store, 2_000),
      () => this.end(),
      () => this.end(),
      () => this.lose(),
      () => this.lose(),
      () => this.endAsItsWorkerDies(),
      () => this.drain(),
      () => this.handBack(),
      () => this.cancel(),
      () => admitBlocked(this.#store),
      () => startManualRun(this.#store, this.#pick([this.#parent, this.#child]), { key: null, actor }),
      () => this.edit(),
    ];
    if (this.#chance() < 0.005) await this.delete();
    else await this.#pick(steps)();
  }

  /** Two workers ask for the same runs at once. */
  async claim(most = 1 + Math.floor(this.#chance() * 5)): Promise<void> {
    const queued = (await this.#rows('queued')).filter(({ isDue }) => isDue);
    const offered = queued.slice(0, most);
    const claims = () => offered.map(({ id, attempt }) => aClaim(id, attempt));
    const [one, other] = [this.#pick(this.#workers), this.#pick(this.#workers)];
    await Promise.all([claimRuns(this.#store, one, claims()), claimRuns(this.#store, other, claims())]);
    const rows = await this.#rows(...runStates);
    const inPool = rows.filter(({ pool, state }) => pool === this.#pool && state === 'running');
    expect(inPool.length).toBeLessThanOrEqual(capacity);
    for (const { id } of offered) {
      const row = rows.find((now) => now.id === id);
      if (row?.state !== 'running') continue;
      const isOther = ({ id: its, job, state, attempt }: Row) =>
        its !== id && job === row.job && ['queued', 'running', 'blocked'].includes(state) && attempt > 0;
      const isAlone = this.#policies.get(row.job)?.['overlap'] !== 'allow';
      const othersOpen = rows.filter(isOther).length;
      this.#model.started(id, row.job, { isAlone, othersOpen, capacity: null, startBy: null });
    }
    for (const { id, job, isToEnd } of rows) if (isToEnd) this.#model.cancelled(id, job);
  }

  async end(): Promise<void> {
    const row = await this.#atWork();
    if (row !== null) await this.#settle(row, this.#pick(ends));
  }

  async lose(): Promise<void> {
    const row = await this.#atWork();
    if (row !== null) await this.#kill(row.worker ?? '');
  }

  /** Its result and its death are under way together: one of them is first. */
  async endAsItsWorkerDies(): Promise<void> {
    const row = await this.#atWork();
    if (row === null) return;
    const outcome = this.#pick(ends);
    const end = anEnd({ runId: row.id, attempt: row.attempt, workerId: row.worker ?? '' }, outcome);
    const others = (await this.#rows('running')).filter(
      (one) => one.worker === row.worker && one.id !== row.id,
    );
    const [results] = await Promise.all([settleAttempts(this.#store, [end]), this.#bury(row.worker ?? '')]);
    const kind = results.get(end.token)?.kind;
    if (kind === 'settled' || kind === 'requeued') this.#tell(row, outcome, kind);
    else await this.#tellLost(row);
    for (const other of others) await this.#tellLost(other);
  }

  async drain(): Promise<void> {
    const worker = this.#pick(this.#workers);
    for (const row of await this.#rows('running')) {
      if (row.worker === worker)
        await this.#settle(row, { kind: this.#chance() < 0.5 ? 'drained' : 'fenced' });
    }
    await leaveFleet(this.#store, worker, 'stopped');
    await this.#replace(worker);
  }

  async handBack(): Promise<void> {
    const row = await this.#atWork();
    if (row === null) return;
    await handBack(this.#store, row.worker ?? '', [{ runId: row.id, attempt: row.attempt }]);
    this.#model.ended(row.id, 'handed_back', 0, this.#termsOf(row), await this.#whatBecameOf(row));
  }

  async cancel(): Promise<void> {
    const open = await this.#open();
    const row = open.length === 0 ? null : this.#pick(open);
    if (row === null) return;
    this.#model.cancelled(row.id, row.job);
    await requestCancel(this.#store, row.id);
  }

  async edit(): Promise<void> {
    const job = this.#pick([this.#parent, this.#child]);
    await this.#put(
      job,
      this.#pick<Record<string, unknown>>([
        { overlap: this.#pick(overlaps), backlog: this.#pick([1, 25]) },
        { pool: this.#pick(['default', this.#pool]), priority: this.#pick([0, 9]) },
        { guarantee: this.#pick(['at-most-once', 'at-least-once']) },
        { retry: { attempts: this.#pick([1, 3]), delay: '0s' } },
        { enabled: this.#chance() < 0.5 },
      ]),
    );
  }

  async delete(): Promise<void> {
    const job = this.#pick([this.#parent, this.#child]);
    if (!this.#policies.has(job)) return;
    await this.#changing(job, null, async () => {
      expect(await deleteJob(this.#store, job, { actor, detach: true })).toEqual({ kind: 'deleted' });
    });
    this.#policies.delete(job);
    this.#model.deleted(job);
  }

  /** From here on all goes well. */
  async finish(): Promise<void> {
    await this.#put(this.#parent, { enabled: false });
    for (let open = await this.#open(); open.length > 0; ) {
      for (const row of open) if (row.state === 'running') await this.#settle(row, goesWell);
      await this.claim(claimBatch);
      open = await this.#open();
      if (open.some(({ state }) => state === 'blocked')) await admitBlocked(this.#store);
    }
    this.#model.check(await this.#rows(...runStates));
  }

  async #put(job: string, change: Record<string, unknown>): Promise<void> {
    const isParent = job === this.#parent;
    if (this.#policies.has(job) !== Object.keys(change).length > 0) return; // deleted meanwhile
    const policies = { guarantee: 'at-least-once', ...this.#policies.get(job), ...change };
    const schedule = isParent
      ? { schedule: { every: `${everyMs / 1_000}s`, catchUp: { policy: 'all' } } }
      : {};
    const after =
      isParent || !this.#policies.has(this.#parent) ? {} : { after: { job: this.#parent, on: 'complete' } };
    const document = aDocument({ id: job, ...schedule, ...after, ...policies });
    this.#policies.set(job, policies);
    const isTicking = document.enabled && isParent;
    await this.#changing(job, isTicking ? everyMs : null, async () => {
      const result = await putJob(this.#store, { document, actor });
      if (!('job' in result)) throw new Error(JSON.stringify(result));
      const { guarantee, overlap, retry } = document;
      const terms = { guarantee, overlap, attempts: retry.attempts, retriesOn: retry.on };
      this.#terms.set(`${result.job.jobId} ${result.job.revision}`, terms);
    });
  }

  /** The model knows the instant of a change as well as its user does: between asking and the answer. */
  async #changing(job: string, nextEveryMs: number | null, change: () => Promise<void>): Promise<void> {
    const before = await databaseNow(this.#store);
    await change();
    if (job !== this.#parent) return;
    this.#model.timeIs(before);
    this.#model.scheduled(nextEveryMs, await databaseNow(this.#store));
  }

  async #settle(row: Row, outcome: Outcome): Promise<void> {
    const end = anEnd({ runId: row.id, attempt: row.attempt, workerId: row.worker ?? '' }, outcome);
    const result = (await settleAttempts(this.#store, [end])).get(end.token);
    const kind = result?.kind === 'settled' || result?.kind === 'requeued' ? result.kind : 'refused';
    this.#tell(row, outcome, kind);
  }

  #tell(row: Row, outcome: Outcome, told: 'requeued' | 'settled' | 'refused'): void {
    const exitCode = outcome.kind === 'exited' ? outcome.exitCode : 0;
    this.#model.ended(row.id, outcome.kind, exitCode, this.#termsOf(row), told);
  }

  /** Nothing that the dead one says afterwards is heard. */
  async #kill(worker: string): Promise<void> {
    const lost = (await this.#rows('running')).filter((row) => row.worker === worker);
    await this.#bury(worker);
    for (const row of lost) await this.#tellLost(row);
    const late = lost.map((row) => anEnd({ runId: row.id, attempt: row.attempt, workerId: worker }));
    const results = await settleAttempts(this.#store, late);
    expect([...results.values()].filter(({ kind }) => kind !== 'stale')).toEqual([]);
  }

  async #bury(worker: string): Promise<void> {
    const isSeen = this.#chance() < 0.5;
    if (isSeen) await declareDeadByEvidence(this.#store, worker, 'seen by the walk');
    else await declareDead(this.#store, { id: worker, beat: 0, silentMs: 30_000 }, 'the walk');
    await recoverLostRuns(this.#store, this.#chance);
    await this.#replace(worker);
  }

  async #tellLost(row: Row): Promise<void> {
    const told = await this.#whatBecameOf(row);
    this.#tell(row, { kind: 'lost', message: '', isGone: true }, told);
  }

  /** Whoever recovers settles the lost of all walks: another one may have ours in hand just then. */
  async #whatBecameOf({ id }: Row): Promise<'requeued' | 'settled'> {
    for (;;) {
      const row = (await this.#rows(...runStates)).find((now) => now.id === id);
      if (row?.state === 'queued') return 'requeued';
      if (row?.state !== 'running') return 'settled';
      await recoverLostRuns(this.#store, this.#chance);
    }
  }

  /** A revision that the deletion of the parent wrote says the same as the one before it. */
  #termsOf({ job, jobId, revision }: Row): Terms {
    for (let known = revision; known > 0; known--) {
      const terms = this.#terms.get(`${jobId} ${known}`);
      if (terms !== undefined) return terms;
    }
    throw new Error(`nobody wrote revision ${revision} of ${job}`);
  }

  async #atWork(): Promise<Row | null> {
    const rows = await this.#rows('running');
    return rows.length === 0 ? null : this.#pick(rows);
  }

  #rows(...states: string[]): Promise<Row[]> {
    return sql<Row>(
      `SELECT r.id, j.slug AS job, r.job_id AS "jobId", r.tick_at AS "tickAt", r.tick_until AS "tickUntil",
         r.tick_count AS "tickCount", r.parent_id AS "parentId", r.state, r.reason, r.attempt, r.revision,
         r.worker_id AS worker, r.pool, r.due_at <= clock_timestamp() AS "isDue",
         r.cancel_requested_at IS NOT NULL AS "isToEnd"
       FROM runs r JOIN jobs j ON j.id = r.job_id
       WHERE j.slug = ANY ($1) AND r.state = ANY ($2) ORDER BY r.id`,
      [[this.#parent, this.#child], states],
    );
  }

  async #replace(worker: string): Promise<void> {
    this.#workers = [...this.#workers.filter((id) => id !== worker), await this.#worker()];
  }

  #worker(): Promise<string> {
    return aWorker(this.#store, ['default', this.#pool]);
  }

  #open(): Promise<Row[]> {
    return this.#rows('queued', 'running', 'blocked');
  }

  #pick<T>(among: readonly T[]): T {
    const one = among[Math.floor(this.#chance() * among.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }
}

const mostTries = 5;

/** A busy machine lets locks time out: whoever asks again finds all as it was. */
function patient(store: Store): Store {
  const again = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (tries === mostTries || !isTransient(error)) throw error;
      }
    }
  };
  const transaction = <T>(use: (session: Session) => Promise<T>) => again(() => store.transaction(use));
  return { ...store, ask: (question, values) => again(() => store.ask(question, values)), transaction };
}

/** Takes walks of these seeds in turns, a step of each, so that time passes for all of them. */
async function takeInTurns(seeds: readonly number[]): Promise<void> {
  const store = patient(ledger.another());
  const taken = seeds.map((seed) => ({ seed, walk: new Walk(seed, store) }));
  const each = async (take: (walk: Walk) => Promise<void>) => {
    for (const { seed, walk } of taken) {
      await take(walk).catch((cause: unknown) => {
        throw new Error(`the walk of seed ${seed} came to a bad end`, { cause });
      });
    }
  };
  await each((walk) => walk.begin());
  for (let step = 0; step < stepsOfAWalk; step++) await each((walk) => walk.step());
  await each((walk) => walk.finish());
}

test(
  `C1, C2 ${walks} walks through one ledger, with workers killed: every tick in one row, one accepted result of a run`,
  async () => {
    const first = Math.floor(Math.random() * 1_000_000);
    const seeds = Array.from({ length: walks }, (_, index) => first + index);
    const lanes = Array.from({ length: atOnce }, (_, lane) => seeds.filter((seed) => seed % atOnce === lane));
    await Promise.all(lanes.map(takeInTurns));
    const [ticks] = await sql<{ count: number }>(
      'SELECT count(DISTINCT tick_at) AS count FROM runs WHERE state = $1',
      ['succeeded'],
    );
    expect(ticks?.count).toBeGreaterThan(0);
  },
  patienceMs,
);
