import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { lateThresholdMs } from './catch-up.ts';
import { isPausedAt, isPauseOver, type Pause } from './pause.ts';
import { type PlannedRun, type PlanRequest, planTicks } from './plan-ticks.ts';
import type { EverySchedule } from './schedule.ts';

const second = 1_000;
const noon = Date.parse('2027-01-01T12:00:00Z');
const minute = 60 * second;
const catchUp = { policy: 'all', windowMs: null, limit: 1_000, paceMs: 0 } as const;

function every(everyMs: number): EverySchedule {
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

function plan(request: Partial<PlanRequest> & Pick<PlanRequest, 'nextTickAt'>) {
  return planTicks({
    schedule: every(10 * second),
    catchUp,
    lateAfterMs: lateThresholdMs,
    now: noon,
    horizonAt: noon + minute,
    spreadOffsetMs: 0,
    maxRows: 100,
    known: new Set(),
    pause: null,
    ...request,
  });
}

const range = (fromSeconds: number, untilSeconds: number, tickCount: number): PlannedRun => ({
  tickAt: noon + fromSeconds * second,
  tickUntil: tickCount === 1 ? null : noon + untilSeconds * second,
  tickCount,
  dueAt: noon + fromSeconds * second,
  state: 'skipped',
  reason: 'paused',
});

const pausedSince = (seconds: number, part: Partial<NonNullable<PlanRequest['pause']>> = {}) => ({
  at: noon + seconds * second,
  until: null,
  range: null,
  ...part,
});

test('ED-4 of a pause only ticks that have come are planned, in one row', () => {
  const planned = plan({ nextTickAt: noon - 30 * second, pause: pausedSince(-35) });
  expect(planned).toMatchObject({ runs: [], closedRange: null, nextTickAt: noon + 10 * second, more: false });
  expect(planned.openRange).toEqual(range(-30, 0, 4));
});

test('ED-4 its row grows where it was left', () => {
  const pause = pausedSince(-200, { range: range(-100, -70, 4) });
  const grown = plan({ nextTickAt: noon - 60 * second, pause });
  expect(grown).toMatchObject({ openRange: range(-100, 0, 11), nextTickAt: noon + 10 * second, more: false });
  const none = plan({ nextTickAt: noon + 10 * second, pause });
  expect(none).toMatchObject({ openRange: pause.range, nextTickAt: noon + 10 * second, more: false });
});

test('AD-5 ticks after `until` are planned ahead as soon as the last of the pause has come', () => {
  const pause = pausedSince(-30, { until: noon + 25 * second, range: range(-30, -20, 2) });
  const request = { pause, nextTickAt: noon - 10 * second };
  expect(plan(request)).toMatchObject({ openRange: range(-30, 0, 4), nextTickAt: noon + 10 * second });
  const later = noon + 20 * second;
  const last = plan({ ...request, now: later, horizonAt: later + minute });
  expect(last).toMatchObject({ closedRange: range(-30, 20, 6), openRange: null, more: false });
  expect(last.runs.map(({ tickAt, state }) => [(tickAt - noon) / second, state])).toEqual(
    [30, 40, 50, 60, 70, 80].map((at) => [at, 'queued']),
  );
});

test('AD-5 a planner that was away finds the ticks of the pause paused, however late, and the others late', () => {
  const pause = pausedSince(-500, { until: noon - 250 * second });
  const late = { policy: 'none', windowMs: null, limit: 1, paceMs: 0 } as const;
  const { runs, openRange } = plan({
    nextTickAt: noon - 500 * second,
    pause,
    catchUp: late,
    horizonAt: noon,
  });
  expect(openRange).toBeNull();
  expect(runs[0]).toEqual(range(-500, -260, 25));
  expect(runs.slice(1).map(({ reason, state }) => reason ?? state)).toEqual([
    ...Array.from({ length: 19 }, () => 'catch_up'),
    ...Array.from({ length: 7 }, () => 'queued'),
  ]);
});

test('ED-1 a tick that has its row is not planned again, and no range goes over it', () => {
  const known = new Set([noon - 10 * second, noon + 20 * second]);
  expect(
    plan({ nextTickAt: noon - 20 * second, known }).runs.map(({ tickAt }) => (tickAt - noon) / second),
  ).toEqual([-20, 0, 10, 30, 40, 50, 60]);
  const pause = pausedSince(-100, { range: range(-50, -30, 3) });
  expect(plan({ nextTickAt: noon - 20 * second, known, pause })).toMatchObject({
    closedRange: range(-50, -20, 4),
    runs: [],
    openRange: range(0, 0, 1),
  });
  const away = {
    nextTickAt: noon - 1_500 * second,
    known: new Set([noon - 100 * second]),
    horizonAt: noon - 1,
  };
  const missed = plan({ ...away, catchUp: { policy: 'none', windowMs: null, limit: 1, paceMs: 0 } }).runs;
  expect(missed[0]).toMatchObject({ tickUntil: noon - 110 * second, tickCount: 140 });
  expect(missed[1]).toMatchObject({ tickAt: noon - 90 * second, reason: 'catch_up' });
});

test('a range of a pause takes a row of the plan like any other', () => {
  const known = new Set(Array.from({ length: 10 }, (_, index) => noon - (2 * index + 1) * 10 * second));
  const pause = pausedSince(-1_000, {});
  const { runs, openRange, nextTickAt, more } = plan({
    nextTickAt: noon - 180 * second,
    known,
    pause,
    maxRows: 3,
  });
  expect(runs.map(({ tickCount }) => tickCount)).toEqual([1, 1, 1]);
  expect([openRange, nextTickAt, more]).toEqual([null, noon - 120 * second, true]);
});

type Act =
  | { readonly kind: 'pause'; readonly forMs: number | null }
  | { readonly kind: 'resume' | 'edit' | 'cancel' }
  | { readonly kind: 'plan'; readonly maxRows: number };

interface Row extends Omit<PlannedRun, 'state'> {
  readonly state: PlannedRun['state'] | 'cancelled';
}

/** One job's ledger as edits and planners write it; what each tick deserves is known apart from it. */
class Life {
  now = noon;
  rows: Row[] = [];
  cursor = noon;
  pause: Pause | null = null;
  range: PlannedRun | null = null;
  readonly pauses: Pause[] = [];
  readonly everyMs: number;

  constructor(everyMs: number) {
    this.everyMs = everyMs;
    this.cursor = this.#firstAfter(noon);
  }

  plan(horizonMs: number, maxRows = 100): void {
    for (let more = true; more; ) {
      const known = new Set(
        this.rows.filter(({ tickAt }) => tickAt >= this.cursor).map(({ tickAt }) => tickAt),
      );
      const planned = planTicks({
        schedule: every(this.everyMs),
        catchUp,
        lateAfterMs: lateThresholdMs,
        nextTickAt: this.cursor,
        now: this.now,
        horizonAt: this.now + horizonMs,
        spreadOffsetMs: 0,
        maxRows,
        known,
        pause: this.pause === null ? null : { ...this.pause, range: this.range },
      });
      this.rows.push(...planned.runs, ...(planned.closedRange === null ? [] : [planned.closedRange]));
      this.range = planned.openRange;
      this.cursor = planned.nextTickAt ?? Number.NaN;
      more = planned.more;
    }
    if (this.pause !== null && isPauseOver(this.pause, this.now)) {
      expect(this.cursor).toBeGreaterThanOrEqual(this.pause.until ?? 0);
      this.#endPause(this.pause);
    }
  }

  pauseFor(forMs: number | null): void {
    this.plan(0);
    const until = forMs === null ? null : this.now + forMs;
    if (isPauseOver({ at: 0, until }, this.now + 1)) return;
    if (this.pause !== null) this.pauses.push({ ...this.pause, until: this.now + 1 });
    this.pause = { at: this.pause?.at ?? this.now + 1, until };
    this.#replan();
  }

  resume(): void {
    this.plan(0);
    if (this.pause === null) return;
    this.#endPause({ ...this.pause, until: this.now + 1 });
    this.#replan();
  }

  edit(): void {
    this.plan(0);
    this.#closeRange();
    this.#replan();
  }

  /** Somebody cancels the furthest run that is planned. */
  cancel(): void {
    const [last] = this.rows.filter(({ state }) => state === 'queued').slice(-1);
    if (last === undefined || last.tickAt <= this.now) return;
    this.rows = this.rows.map((row) =>
      row === last ? { ...row, state: 'cancelled', reason: 'requested' } : row,
    );
  }

  #replan(): void {
    this.rows = this.rows.filter(({ state, tickAt }) => state !== 'queued' || tickAt <= this.now);
    this.cursor = this.#firstAfter(this.now);
  }

  #endPause(pause: Pause): void {
    this.#closeRange();
    this.pauses.push(pause);
    this.pause = null;
  }

  #closeRange(): void {
    if (this.range !== null) this.rows.push(this.range);
    this.range = null;
  }

  #firstAfter(instant: number): number {
    return (Math.floor(instant / this.everyMs) + 1) * this.everyMs;
  }
}

const acts = fc.array(
  fc.record({
    laterMs: fc.oneof(fc.nat({ max: 3 * second }), fc.nat({ max: 5 * minute })),
    act: fc.oneof(
      fc.record({ kind: fc.constant('pause' as const), forMs: fc.option(fc.nat({ max: 3 * minute })) }),
      fc.record({ kind: fc.constantFrom('resume' as const, 'edit' as const, 'cancel' as const) }),
      fc.record({ kind: fc.constant('plan' as const), maxRows: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ kind: fc.constant('plan' as const), maxRows: fc.constant(100) }),
    ) satisfies fc.Arbitrary<Act>,
  }),
  { minLength: 1, maxLength: 25 },
);

test.prop([fc.integer({ min: 1, max: 100 }), acts], { numRuns: 500 })(
  'AD-5, ED-1: whatever is paused, resumed, edited and planned when, each tick has one row, the one its time deserves',
  (everySeconds, theActs) => {
    const life = new Life(everySeconds * second);
    for (const { laterMs, act } of theActs) {
      life.now += laterMs;
      if (act.kind === 'plan') life.plan(minute, act.maxRows);
      else if (act.kind === 'pause') life.pauseFor(act.forMs);
      else life[act.kind]();
    }
    life.now += minute;
    life.edit();

    const lastOf = ({ tickAt, tickCount }: Row) => tickAt + (tickCount - 1) * life.everyMs;
    expect(life.rows.filter((row) => lastOf(row) !== (row.tickUntil ?? row.tickAt))).toEqual([]);
    const told = life.rows.flatMap((row) => {
      const ticks = Array.from({ length: row.tickCount }, (_, index) => row.tickAt + index * life.everyMs);
      return ticks.filter((tick) => tick <= life.now).map((tick) => ({ tick, state: row.state }));
    });
    const ticks = told.map(({ tick }) => tick).sort((one, other) => one - other);
    const first = (Math.floor(noon / life.everyMs) + 1) * life.everyMs;
    const count = Math.max(0, Math.floor((life.now - first) / life.everyMs) + 1);
    expect(ticks).toEqual(Array.from({ length: count }, (_, index) => first + index * life.everyMs));

    const pauses = [...life.pauses, ...(life.pause === null ? [] : [life.pause])];
    const isWrong = ({ tick, state }: (typeof told)[number]) =>
      state !== 'cancelled' && (state === 'skipped') !== pauses.some((pause) => isPausedAt(pause, tick));
    expect(told.filter(isWrong)).toEqual([]);
  },
);
