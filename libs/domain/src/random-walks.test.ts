import { fc, test } from '@fast-check/vitest';
import type { Outcome } from './outcome.ts';
import { overlaps } from './overlap.ts';
import { isSettled } from './run-state.ts';
import { ModelLedger } from './testing/model-ledger.ts';
import type { Policies, WalkedRun } from './testing/walked-job.ts';
import { WalkedLedger } from './testing/walked-ledger.ts';

const second = 1_000;

/** An attempt that a worker has, whatever the ledger thinks of it. */
interface Held {
  readonly run: WalkedRun;
  readonly attempt: number;
  readonly worker: number;
}

const ends: readonly Outcome[] = [
  { kind: 'exited', exitCode: 0 },
  { kind: 'exited', exitCode: 1 },
  { kind: 'signalled', signal: 'SIGKILL' },
  { kind: 'timed_out' },
  { kind: 'misconfigured', message: 'no such folder' },
  { kind: 'unstorable_output', message: 'refused' },
];
const cancelled: Outcome = { kind: 'cancelled' };
/** In seconds: mostly a little, now and then an outage, and once in a while one that leaves a range row. */
const waits = [1, 1, 2, 4, 7, 7, 10, 15, 20, 20, 30, 30, 65, 90, 300, 900];
const jobs = ['parent', 'child'] as const;
/** Of the pool; null: no cap. */
const capacities = [null, 1, 2, 4];

/** A fleet and its users, whose every move is a byte or two. What happens is told to ledger and model alike. */
class Walk {
  readonly ledger: WalkedLedger;
  readonly model = new ModelLedger('parent', 'child');
  /** Workers that live, by number. */
  #workers = [0, 1, 2];
  #hired = 3;
  /** Attempts of dead workers that go on, and end one day. */
  #stray: Held[] = [];

  /** In a deadly fleet workers die whenever they have something at work. */
  readonly #isDeadly: boolean;

  constructor(parent: Policies, child: Policies, isDeadly: boolean) {
    this.#isDeadly = isDeadly;
    this.ledger = new WalkedLedger(parent, child);
    this.#announceSchedule();
  }

  step(act: number, what: number): void {
    const steps = [
      () => this.claim(what),
      () => this.lose(what),
      () => this.wait((waits[what % waits.length] ?? 1) * second),
      () => this.ledger.plan(),
      () => this.claim(what),
      () => this.end(what),
      () => this.end(what),
      () => this.fence(what),
      () => this.drain(what),
      () => this.handBack(what),
      () => this.endStray(what),
      () => this.cancel(what),
      () => this.start(what),
      () => this.edit(what),
      () => this.pause(what),
      () => this.ledger.admitBlocked(),
      () => this.ledger.admitBlocked(),
      () => this.ledger.expire(),
      () => this.resize(what),
    ];
    if (act > 250) this.delete(what);
    else steps[act % (this.#isDeadly ? 3 : steps.length)]?.();
  }

  wait(ms: number): void {
    this.ledger.now += ms;
    this.model.timeIs(this.ledger.now);
  }

  claim(what: number): void {
    const worker = this.#workers[what % this.#workers.length];
    if (worker !== undefined) this.#claim(worker, 1 + (what % 5));
  }

  #claim(worker: number, count: number): void {
    const offered = jobs.flatMap((job) => this.ledger.of(job, 'queued')).slice(0, count);
    const { started, asked } = this.ledger.claim(offered, worker);
    const { capacity } = this.ledger;
    for (const run of started) {
      const isAlone = this.ledger.policies(run.job).overlap !== 'allow';
      const othersOpen = this.ledger.othersOpen(run);
      this.model.started(run.id, run.job, { isAlone, othersOpen, capacity, startBy: run.startBy });
    }
    for (const run of asked) this.model.cancelled(run.id, run.job);
  }

  end(what: number): void {
    const held = this.#pick(this.#atWork(), what);
    if (held === undefined) return;
    const outcome = ends[what % ends.length];
    if (outcome !== undefined)
      this.#offer(held, held.run.cancelReason !== null && what % 2 === 0 ? cancelled : outcome);
  }

  /** By evidence the turns are gone; by silence they go on, and nobody is to hear of them. */
  lose(what: number): void {
    const worker = this.#workers[what % this.#workers.length];
    if (worker === undefined) return;
    const isGone = what % 2 === 0;
    const lost = this.#atWork().filter((held) => held.worker === worker);
    if (!isGone) this.#stray.push(...lost);
    this.#replace(worker);
    for (const held of lost) this.#offer(held, { kind: 'lost', message: 'dead', isGone });
  }

  fence(what: number): void {
    const held = this.#pick(this.#atWork(), what);
    if (held !== undefined) this.#offer(held, { kind: 'fenced' });
  }

  drain(what: number): void {
    const worker = this.#workers[what % this.#workers.length];
    if (worker === undefined) return;
    for (const held of this.#atWork()) if (held.worker === worker) this.#offer(held, { kind: 'drained' });
    this.#replace(worker);
  }

  handBack(what: number): void {
    const held = this.#pick(this.#atWork(), what);
    if (held === undefined) return;
    this.ledger.handBack(held.run);
    const told = held.run.state === 'queued' ? 'requeued' : 'settled';
    this.model.ended(held.run.id, 'handed_back', 0, this.#terms(held.run), told);
  }

  /** A turn that outlived its worker ends: nobody may hear of it. */
  endStray(what: number): void {
    const held = this.#pick(this.#stray, what);
    const outcome = ends[what % ends.length];
    if (held === undefined || outcome === undefined) return;
    this.#stray = this.#stray.filter((other) => other !== held);
    const taken = this.ledger.settle(held.run.id, held.attempt, held.worker, outcome, 0.5);
    if (taken !== null) throw new Error(`the end of a dead worker was taken: ${held.run.id}`);
  }

  cancel(what: number): void {
    const open = [...this.ledger.rows.values()].filter(({ state }) => !isSettled(state));
    const run = this.#pick(open, what);
    if (run === undefined) return;
    this.model.cancelled(run.id, run.job);
    this.ledger.cancel(run);
  }

  start(what: number): void {
    this.ledger.startByHand(jobs[what % 2] ?? 'parent');
  }

  edit(what: number): void {
    const job = jobs[what % 2] ?? 'parent';
    const old = this.ledger.policies(job);
    const changes: readonly Partial<Policies>[] = [
      { everyMs: old.everyMs === 7 * second ? 30 * second : 7 * second },
      { overlap: overlaps[(overlaps.indexOf(old.overlap) + 1 + (what >> 5)) % overlaps.length] ?? 'skip' },
      { priority: 1 - old.priority },
      { backlog: old.backlog === 1 ? 25 : 1, startWithinMs: old.startWithinMs === null ? 60 * second : null },
      { guarantee: old.guarantee === 'at-most-once' ? 'at-least-once' : 'at-most-once' },
      { retry: { ...old.retry, attempts: old.retry.attempts === 1 ? 3 : 1 } },
      { enabled: !old.enabled },
    ];
    this.ledger.edit(job, changes[(what >> 1) % changes.length] ?? {});
    this.#announceSchedule();
  }

  pause(what: number): void {
    const job = jobs[what % 2] ?? 'parent';
    const { now } = this.ledger;
    const isResumed = this.ledger.job(job).pause !== null && what % 4 < 3;
    const until = what % 8 < 4 ? null : now + 200 * second;
    this.ledger.pause(job, isResumed ? null : { at: now, until });
  }

  resize(what: number): void {
    this.ledger.capacity = capacities[what % capacities.length] ?? null;
  }

  delete(what: number): void {
    const job = what % 4 === 0 ? 'parent' : 'child';
    this.ledger.delete(job);
    this.model.deleted(job);
    this.#announceSchedule();
  }

  /** From here on all goes well: what is open comes to its end. */
  finish(): void {
    this.ledger.edit('parent', { enabled: false });
    this.#announceSchedule();
    for (const job of jobs) this.ledger.pause(job, null);
    const patience = 20 + 2 * this.#open();
    for (let round = 0; this.#open() > 0; round++) {
      if (round > patience) throw new Error('what is open does not come to its end');
      this.wait(20 * second);
      this.ledger.expire();
      this.ledger.admitBlocked();
      this.#claim(this.#workers[0] ?? 0, Number.POSITIVE_INFINITY);
      for (const held of this.#atWork()) this.#offer(held, { kind: 'exited', exitCode: 0 });
    }
    while (this.#stray.length > 0) this.endStray(0);
    this.model.check([...this.ledger.rows.values()]);
  }

  #open(): number {
    return [...this.ledger.rows.values()].filter(({ state }) => !isSettled(state)).length;
  }

  #atWork(): Held[] {
    return jobs
      .flatMap((job) => this.ledger.of(job, 'running'))
      .map((run) => ({ run, attempt: run.attempt, worker: run.worker ?? -1 }));
  }

  #offer({ run, attempt, worker }: Held, outcome: Outcome): void {
    const terms = this.#terms(run);
    const settlement = this.ledger.settle(run.id, attempt, worker, outcome, 0.5);
    const exitCode = outcome.kind === 'exited' ? outcome.exitCode : 0;
    this.model.ended(run.id, outcome.kind, exitCode, terms, settlement?.kind ?? 'refused');
  }

  #terms(run: WalkedRun) {
    const { guarantee, retry } = this.ledger.termsOf(run);
    return { guarantee, attempts: retry.attempts, retriesOn: retry.on };
  }

  #replace(worker: number): void {
    this.#workers = [...this.#workers.filter((other) => other !== worker), this.#hired];
    this.#hired += 1;
  }

  #announceSchedule(): void {
    const { everyMs, enabled } = this.ledger.policies('parent');
    this.model.scheduled(enabled && !this.ledger.job('parent').isDeleted ? everyMs : null);
  }

  #pick<T>(among: readonly T[], what: number): T | undefined {
    return among[what % Math.max(1, among.length)];
  }
}

const policies = fc.record<Policies>({
  everyMs: fc.constantFrom(7 * second, 30 * second),
  catchUp: fc.record({
    policy: fc.constantFrom('none', 'latest', 'all'),
    windowMs: fc.constantFrom(null, 300 * second),
    limit: fc.constantFrom(1, 5, 100),
    paceMs: fc.constantFrom(0, 10 * second),
  }),
  overlap: fc.constantFrom(...overlaps),
  backlog: fc.constantFrom(1, 2, 25),
  priority: fc.constantFrom(0, 1),
  startWithinMs: fc.constantFrom(null, null, 30 * second),
  guarantee: fc.constantFrom('at-most-once', 'at-least-once'),
  retry: fc.record({
    attempts: fc.integer({ min: 1, max: 3 }),
    delayMs: fc.constantFrom(0, 10 * second),
    factor: fc.constantFrom(1, 2),
    maxMs: fc.constant(60 * second),
    on: fc.subarray(['failed', 'timed_out'] as const),
  }),
  enabled: fc.constant(true),
});

/** They take 4 s; a machine may be busy. */
const patienceMs = 60_000;

/** Two bytes are a step. */
const moves = fc.uint8Array({ minLength: 2, maxLength: 100, size: 'max' });

test.prop([policies, policies, fc.nat({ max: 3 }), fc.integer({ min: 0, max: 7 }), moves], {
  numRuns: 10_000,
})(
  'C1, C2, AD-1, GA-1, GA-2 wherever a walk leads: every tick in one row, one accepted result of a run, no start that nothing called for, none beside another, beyond a cap or after its deadline, and nothing left blocked',
  (parent, child, room, luck, bytes) => {
    const walk = new Walk(parent, child, luck === 0);
    walk.resize(room);
    if (luck === 0) walk.ledger.startByHand('parent');
    for (let at = 0; at + 1 < bytes.length; at += 2) walk.step(bytes[at] ?? 0, bytes[at + 1] ?? 0);
    walk.finish();
  },
  patienceMs,
);
