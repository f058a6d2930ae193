import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { type CatchUp, type CatchUpPolicy, lateThresholdMs, missedBecause } from './catch-up.ts';
import { maxTicksLookedAt, type PlannedRun, type PlanRequest, planTicks } from './plan-ticks.ts';
import type { EverySchedule, Schedule } from './schedule.ts';
import { maxRowsInAStretch } from './stretches.ts';

const second = 1_000;
const noon = Date.parse('2027-01-01T12:00:00Z');
const latest: CatchUp = { policy: 'latest', windowMs: null, limit: 100, paceMs: 0 };

function every(everyMs: number, bounds: Partial<EverySchedule> = {}): EverySchedule {
  const common = { zone: 'UTC', spreadMs: 0, catchUp: latest, fromAt: null, untilAt: null };
  return { ...common, kind: 'every', everyMs, anchorAt: 0, ...bounds };
}

function at(...ticks: number[]): Schedule {
  const { kind: _, everyMs: __, anchorAt: ___, ...common } = every(second);
  return { ...common, kind: 'at', ticks: ticks.map((tickAt) => ({ tickAt, note: null })) };
}

function plan(request: Partial<PlanRequest> & Pick<PlanRequest, 'schedule' | 'nextTickAt'>) {
  const now = request.now ?? noon;
  return planTicks({
    catchUp: latest,
    lateAfterMs: lateThresholdMs,
    now,
    horizonAt: now + 60_000,
    spreadOffsetMs: 0,
    maxRows: 100,
    known: new Set(),
    pause: null,
    ...request,
  });
}

/** `tick offset in seconds: state/reason`, with the count of a range row. */
function shown({ runs, nextTickAt }: ReturnType<typeof planTicks>) {
  const seconds = (instant: number) => (instant - noon) / second;
  const rows = runs.map(({ tickAt, tickUntil, tickCount, state, reason }) =>
    [
      tickUntil === null ? seconds(tickAt) : `${seconds(tickAt)}…${seconds(tickUntil)} (${tickCount})`,
      reason ?? state,
    ].join(' '),
  );
  return [...rows, `next ${nextTickAt === null ? 'never' : seconds(nextTickAt)}`];
}

test('ticks up to the horizon are queued, also those that have come just now', () => {
  expect(shown(plan({ schedule: every(30 * second), nextTickAt: noon - 30 * second }))).toEqual([
    '-30 queued',
    '0 queued',
    '30 queued',
    '60 queued',
    'next 90',
  ]);
});

test('nothing before the horizon: the cursor waits at the next tick', () => {
  expect(shown(plan({ schedule: every(3_600 * second), nextTickAt: noon + 3_600 * second }))).toEqual([
    'next 3600',
  ]);
});

test('AD-4 latest: of late ticks the newest runs', () => {
  expect(
    shown(plan({ schedule: every(120 * second), nextTickAt: noon - 360 * second, now: noon + 90 * second })),
  ).toEqual(['-360 superseded', '-240 superseded', '-120 superseded', '0 queued', '120 queued', 'next 240']);
});

test('AD-4 latest: the only late tick of a job runs, however late', () => {
  expect(shown(plan({ schedule: every(86_400 * second), nextTickAt: noon - 43_200 * second }))).toEqual([
    '-43200 queued',
    'next 43200',
  ]);
});

test('AD-4 none and all: what is not run is a row of its own', () => {
  const request = {
    schedule: every(120 * second),
    nextTickAt: noon - 360 * second,
    horizonAt: noon,
    now: noon,
  };
  const none: CatchUp = { policy: 'none', windowMs: null, limit: 100, paceMs: 0 };
  expect(shown(plan({ ...request, catchUp: none }))).toEqual([
    '-360 catch_up',
    '-240 catch_up',
    '-120 catch_up',
    '0 queued',
    'next 120',
  ]);
  const two: CatchUp = { policy: 'all', windowMs: 300 * second, limit: 2, paceMs: 0 };
  expect(shown(plan({ ...request, catchUp: two }))).toEqual([
    '-360 outside_window',
    '-240 catch_up',
    '-120 queued',
    '0 queued',
    'next 120',
  ]);
});

test('a stretch of 100 ticks is 100 rows, one of 101 is one row', () => {
  const catchUp: CatchUp = { policy: 'none', windowMs: null, limit: 1, paceMs: 0 };
  const request = { schedule: every(120 * second), catchUp, horizonAt: noon - 1, maxRows: 200 };
  const hundred = plan({ ...request, nextTickAt: noon - 100 * 120 * second });
  expect(hundred.runs).toHaveLength(maxRowsInAStretch);
  expect(hundred.nextTickAt).toBe(noon);
  expect(shown(plan({ ...request, nextTickAt: noon - 101 * 120 * second }))).toEqual([
    '-12120…-120 (101) catch_up',
    'next 0',
  ]);
});

test('ED-2: a long absence is told in steps that look at 20,000 ticks each', () => {
  const schedule = every(second);
  const first = plan({ schedule, nextTickAt: noon - 50_000 * second });
  expect(shown(first)).toEqual(['-50000…-31001 (19000) superseded', 'next -31000']);
  const next = plan({ schedule, nextTickAt: first.nextTickAt ?? 0 });
  expect(shown(next)).toEqual(['-31000…-12001 (19000) superseded', 'next -12000']);
  const third = plan({ schedule, nextTickAt: next.nextTickAt ?? 0 });
  expect(shown(third).slice(0, 2)).toEqual(['-12000…-61 (11940) superseded', '-60 queued']);
  expect(third.runs).toHaveLength(100);
});

test('exactly as many ticks as one step looks at', () => {
  const schedule = every(second, { untilAt: noon + second });
  const nextTickAt = noon - (maxTicksLookedAt - 1) * second;
  const first = plan({ schedule, nextTickAt });
  expect(shown(first)).toEqual(['-19999…-1000 (19000) superseded', 'next -999']);
  const rest = plan({ schedule, nextTickAt: first.nextTickAt ?? 0 });
  expect(rest.runs[0]).toMatchObject({ tickCount: 939, reason: 'superseded' });
  expect(rest.nextTickAt).toBeNull();
});

test('a spread moves when a run is due and when it is late, never its tick', () => {
  const request = { schedule: every(120 * second), nextTickAt: noon - 120 * second, horizonAt: noon };
  const { runs } = plan({ ...request, spreadOffsetMs: 90 * second });
  expect(runs.map(({ tickAt, dueAt }) => dueAt - tickAt)).toEqual([90_000, 90_000]);
  expect(runs.map(({ state }) => state)).toEqual(['queued', 'queued']);
  expect(plan(request).runs.map(({ state }) => state)).toEqual(['missed', 'queued']);
});

test('an at-schedule is planned once, and has no cursor afterwards', () => {
  expect(shown(plan({ schedule: at(noon + 20 * second), nextTickAt: noon + 20 * second }))).toEqual([
    '20 queued',
    'next never',
  ]);
  expect(shown(plan({ schedule: at(noon, noon + 3_600 * second), nextTickAt: noon }))).toEqual([
    '0 queued',
    'next 3600',
  ]);
  expect(shown(plan({ schedule: at(noon - 7_200 * second), nextTickAt: noon - 7_200 * second }))).toEqual([
    '-7200 queued',
    'next never',
  ]);
});

test('a schedule that has ended leaves no cursor', () => {
  const schedule = every(30 * second, { untilAt: noon + 30 * second });
  expect(shown(plan({ schedule, nextTickAt: noon - 30 * second }))).toEqual([
    '-30 queued',
    '0 queued',
    'next never',
  ]);
});

interface Step {
  readonly laterMs: number;
  readonly horizonMs: number;
  readonly maxRows: number;
}

const catchUps = fc.record({
  policy: fc.constantFrom<CatchUpPolicy>('none', 'latest', 'all'),
  windowMs: fc.option(fc.integer({ min: second, max: 10 * 3_600 * second })),
  limit: fc.integer({ min: 1, max: 150 }),
  paceMs: fc.constant(second),
});
const steps = fc.array(
  fc.record<Step>({
    laterMs: fc.oneof(fc.nat({ max: 5 * second }), fc.nat({ max: 7_200 * second })),
    horizonMs: fc.constantFrom(0, 60 * second),
    maxRows: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 300 })),
  }),
  { minLength: 1, maxLength: 12 },
);

/** Every tick from `first` up to (not including) `end`, each by itself: what has come since decides about it. */
function planOneByOne(request: PlanRequest, schedule: EverySchedule, end: number) {
  const ticks: string[] = [];
  const { everyMs, untilAt } = schedule;
  const lastCome =
    Math.floor(Math.min(request.now, (untilAt ?? Number.POSITIVE_INFINITY) - 1) / everyMs) * everyMs;
  for (let tickAt = Math.ceil(request.nextTickAt / everyMs) * everyMs; tickAt < end; tickAt += everyMs) {
    const newer = Math.max(0, (lastCome - tickAt) / everyMs);
    const lateMs = request.now - tickAt - request.spreadOffsetMs;
    const { lateAfterMs } = request;
    const reason = missedBecause(request.catchUp, { lateMs, lateAfterMs, newerTicks: newer });
    ticks.push(`${tickAt} ${reason === null ? 'queued' : `missed/${reason}`}`);
  }
  return ticks;
}

/** Range rows as the ticks that they stand for. */
function unfold(runs: readonly PlannedRun[], everyMs: number) {
  return runs.flatMap(({ tickAt, tickUntil, tickCount, state, reason }) => {
    const ticks = Array.from({ length: tickCount }, (_, index) => tickAt + index * everyMs);
    expect(ticks.at(-1)).toBe(tickUntil ?? tickAt);
    return ticks.map((tick) => `${tick} ${reason === null ? state : `${state}/${reason}`}`);
  });
}

test.prop(
  [
    fc.integer({ min: 1, max: 120 }),
    catchUps,
    fc.constantFrom(second, lateThresholdMs, 3_600 * second),
    fc.nat({ max: 300 * second }),
    fc.option(fc.nat({ max: 10_000 * second })),
    fc.nat({ max: 20_000 * second }),
    steps,
  ],
  { numRuns: 300 },
)(
  'ED-2: any split into steps covers each tick once, in order, as each tick by itself would be planned',
  (everySeconds, catchUp, lateAfterMs, spreadOffsetMs, lastsMs, behindMs, theSteps) => {
    const everyMs = everySeconds * second;
    const schedule = every(everyMs, { untilAt: lastsMs === null ? null : noon - behindMs + lastsMs });
    let now = noon;
    let nextTickAt = noon - behindMs;
    for (const step of theSteps) {
      now += step.laterMs;
      const { maxRows } = step;
      const request = {
        schedule,
        catchUp,
        lateAfterMs,
        nextTickAt,
        now,
        horizonAt: now + step.horizonMs,
        spreadOffsetMs,
        maxRows,
        known: new Set<number>(),
        pause: null,
      };
      const { runs, nextTickAt: next } = planTicks(request);
      const end = next ?? schedule.untilAt ?? Number.NaN;

      expect(unfold(runs, everyMs)).toEqual(planOneByOne(request, schedule, end));
      expect(runs.length).toBeLessThanOrEqual(maxRows);
      for (const run of runs) {
        expect(run.dueAt).toBe(run.tickAt + spreadOffsetMs);
        expect(run.tickUntil === null ? run.tickCount === 1 : run.tickCount > maxRowsInAStretch).toBe(true);
      }
      if (next === null) return;
      // A step never stops for nothing: it reached the horizon, or its rows are full, or it has looked at enough.
      if (next <= request.horizonAt && runs.length < maxRows) {
        expect(next - nextTickAt).toBeGreaterThan((maxTicksLookedAt - 1_001) * everyMs);
      }
      nextTickAt = next;
    }
  },
);
