import type { Outcome } from '../outcome.ts';

/** A row as the model looks at it. */
export interface ModelRow {
  readonly id: string;
  readonly job: string;
  readonly tickAt: number | null;
  readonly tickUntil: number | null;
  readonly tickCount: number;
  readonly parentId: string | null;
  readonly state: string;
  readonly reason: string | null;
}

/** What a run carries out, as the user wrote it. */
export interface Terms {
  readonly guarantee: 'at-most-once' | 'at-least-once';
  readonly attempts: number;
  readonly retriesOn: readonly string[];
}

/** What a first start may depend on. */
export interface Start {
  /** Its job lets no run start beside another. */
  readonly isAlone: boolean;
  /** Other runs of its job that have started and are not settled. */
  readonly othersOpen: number;
  /** Of the pool that all runs are in; null: no cap. */
  readonly capacity: number | null;
  readonly startBy: number | null;
}

interface Life {
  readonly job: string;
  starts: number;
  /** Ends that allow one start more: losses, drains, fences, hand-backs, failures that are tried again. */
  excuses: number;
  failures: number;
  losses: number;
  accepted: number;
  isAtWork: boolean;
  mayStart: boolean;
  isCancelled: boolean;
  /** Its end came while there was a child to be triggered by it. */
  hasHeir: boolean;
}

/**
 * What must be true of a ledger, said once more and from what happened alone: it knows no decision of the domain, and
 * counts ticks by arithmetic. Throws where what it hears cannot be.
 */
export class ModelLedger {
  #now = 0;
  #everyMs: number | null = null;
  readonly #ticks = new Set<number>();
  /** Ticks of which nobody can say whether they came before a change of their schedule or behind it. */
  readonly #doubtful = new Set<number>();
  readonly #lives = new Map<string, Life>();
  readonly #deleted = new Set<string>();
  readonly #ticking: string;
  readonly #child: string;

  /** Of the first job there is a schedule; every end of it triggers the second. */
  constructor(ticking: string, child: string) {
    this.#ticking = ticking;
    this.#child = child;
  }

  timeIs(now: number): void {
    for (const tick of ticksBetween(this.#now, now, this.#everyMs)) this.#ticks.add(tick);
    this.#now = now;
  }

  /** The job ticks like this, null: not at all, from an instant on that lies between the model's time and `until`. */
  scheduled(everyMs: number | null, until = this.#now): void {
    for (const one of [this.#everyMs, everyMs]) {
      for (const tick of ticksBetween(this.#now, until, one)) this.#doubtful.add(tick);
    }
    this.#now = until;
    this.#everyMs = everyMs;
  }

  deleted(job: string): void {
    this.#deleted.add(job);
  }

  cancelled(run: string, job: string): void {
    this.#life(run, job).isCancelled = true;
  }

  /** A worker was given the run. */
  started(run: string, job: string, { isAlone, othersOpen, capacity, startBy }: Start): void {
    const life = this.#life(run, job);
    const isFirst = life.starts === 0;
    const atWork = [...this.#lives.values()].filter((other) => other.isAtWork);
    const isBeside = othersOpen > 0 || atWork.some((other) => other.job === job);
    must(!life.isAtWork, 'two attempts at work', run);
    must(life.mayStart, 'a start that nothing had called for', run);
    must(!life.isCancelled, 'a start after a cancel', run);
    must(!this.#deleted.has(job), 'a start after the deletion of its job', run);
    must(!(isAlone && isFirst && isBeside), 'a first start beside another run', run);
    must(capacity === null || atWork.length < capacity, 'more at work than the pool has room for', run);
    must(!isFirst || startBy === null || this.#now < startBy, 'a first start after its deadline', run);
    life.starts += 1;
    life.isAtWork = true;
    life.mayStart = false;
    must(life.starts <= 1 + life.excuses, 'more starts than reasons for them', run);
  }

  /** An end of an attempt was offered to the ledger, which did this with it. */
  ended(
    run: string,
    kind: Outcome['kind'] | 'handed_back',
    exitCode: number,
    terms: Terms,
    told: 'requeued' | 'settled' | 'refused',
  ): void {
    const life = this.#life(run, '');
    must((told !== 'refused') === life.isAtWork, life.isAtWork ? 'an end refused' : 'a stale end taken', run);
    if (told === 'refused') return;
    life.isAtWork = false;
    life.mayStart = this.#goesOn(life, kind, exitCode, terms);
    must((told === 'requeued') === life.mayStart, life.mayStart ? 'an attempt denied' : 'one too many', run);
    if (life.mayStart) life.excuses += 1;
    else life.accepted += 1;
    life.hasHeir = !this.#deleted.has(this.#child) && !this.#deleted.has(this.#ticking);
    must(life.accepted <= 1, 'two accepted results', run);
  }

  #goesOn(life: Life, kind: string, exitCode: number, terms: Terms): boolean {
    const isReplayed = terms.guarantee === 'at-least-once';
    const isOpen = !life.isCancelled && !this.#deleted.has(life.job);
    if (kind === 'lost') life.losses += 1;
    if (kind === 'handed_back') return !life.isCancelled;
    if (kind === 'drained' || kind === 'fenced') return isOpen && isReplayed;
    if (kind === 'lost') return isOpen && isReplayed && life.losses <= 3;
    if (kind === 'exited' && exitCode === 0) return false;
    life.failures += 1;
    const word = kind === 'timed_out' ? 'timed_out' : 'failed';
    const mayHelp = ['exited', 'signalled', 'timed_out'].includes(kind) && terms.retriesOn.includes(word);
    return isOpen && mayHelp && life.failures < terms.attempts;
  }

  /** C1 and C2 of what is in the ledger now that nothing is open any more. */
  check(rows: readonly ModelRow[]): void {
    this.#checkTicks(rows.filter(({ job, tickAt }) => job === this.#ticking && tickAt !== null));
    for (const { id, state, reason } of rows) {
      const life = this.#lives.get(id);
      must(!['queued', 'blocked', 'running'].includes(state), 'open at the end', id);
      must(reason !== 'replay_cap' || (life?.losses ?? 0) > 3, 'the cap before its time', id);
      must((life?.accepted ?? 0) <= 1, 'two accepted results', id);
      const isUnstarted = (life?.starts ?? 0) === 0;
      const isEarly = ['skipped', 'missed', 'expired'].includes(state);
      must(isUnstarted ? isEarly || state === 'cancelled' : !isEarly, 'an end of another kind of run', id);
    }
    this.#checkChildren(rows);
  }

  /** C1: each tick that has come is in exactly one row; a row of a tick that has not is one that somebody cancelled. */
  #checkTicks(rows: readonly ModelRow[]): void {
    const covered = new Map<number, number>();
    const all = [...this.#ticks, ...this.#doubtful];
    for (const { id, tickAt, tickUntil, tickCount, state } of rows) {
      const from = tickAt ?? 0;
      const among = tickUntil === null ? [from] : all.filter((tick) => tick >= from && tick <= tickUntil);
      const certain = among.filter((tick) => tickUntil === null || this.#ticks.has(tick)).length;
      must(tickCount >= certain && tickCount <= among.length, 'a range row that counts otherwise', id);
      for (const tick of among) covered.set(tick, (covered.get(tick) ?? 0) + 1);
      must(all.includes(from) || state === 'cancelled', 'a row without a tick', id);
    }
    for (const [tick, count] of covered) must(count === 1, `${count} rows`, `tick ${tick}`);
    for (const tick of this.#ticks) must(covered.has(tick), 'no row', `tick ${tick}`);
  }

  /** A run that ended well or badly has one child, any other has none. */
  #checkChildren(rows: readonly ModelRow[]): void {
    const families = new Map<string, number>();
    for (const { job, parentId } of rows) {
      if (job === this.#child && parentId !== null) families.set(parentId, (families.get(parentId) ?? 0) + 1);
    }
    for (const { id, job, state } of rows) {
      const isFiring = ['succeeded', 'failed', 'timed_out', 'interrupted'].includes(state);
      const fires = job !== this.#child && isFiring && this.#lives.get(id)?.hasHeir === true;
      must((families.get(id) ?? 0) === (fires ? 1 : 0), 'another number of children', id);
    }
  }

  #life(run: string, job: string): Life {
    const known = this.#lives.get(run);
    if (known !== undefined) return known;
    const life: Life = {
      job,
      starts: 0,
      excuses: 0,
      failures: 0,
      losses: 0,
      accepted: 0,
      isAtWork: false,
      mayStart: true,
      isCancelled: false,
      hasHeir: false,
    };
    this.#lives.set(run, life);
    return life;
  }
}

/** After `from`, up to and including `until`. */
function ticksBetween(from: number, until: number, everyMs: number | null): number[] {
  if (everyMs === null) return [];
  const first = Math.floor(from / everyMs) + 1;
  const last = Math.floor(until / everyMs);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * everyMs);
}

function must(holds: boolean, what: string, whose: string): void {
  if (!holds) throw new Error(`${what}: ${whose}`);
}
