import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import {
  type CatchUp,
  type CatchUpPolicy,
  lateAfter,
  lateThresholdMs,
  missedBecause,
  pacedStart,
} from './catch-up.ts';

const hour = 3_600_000;
const none: CatchUp = { policy: 'none', windowMs: null, limit: 100, paceMs: 0 };
const latest: CatchUp = { policy: 'latest', windowMs: null, limit: 100, paceMs: 0 };
const all: CatchUp = { policy: 'all', windowMs: null, limit: 3, paceMs: 0 };

function missed(catchUp: CatchUp, lateMs: number, newerTicks: number, lateAfterMs = lateThresholdMs) {
  return missedBecause(catchUp, { lateMs, lateAfterMs, newerTicks });
}

test.each([
  ['none', none, 60_000, 9, null],
  ['none', none, 60_001, 0, 'catch_up'],
  ['latest', latest, 60_001, 0, null],
  ['latest', latest, 60_000, 1, null],
  ['latest', latest, 60_001, 1, 'superseded'],
  ['latest', latest, 99 * hour, 0, null],
  ['all', all, 99 * hour, 2, null],
  ['all', all, 60_001, 3, 'catch_up'],
  ['all', all, 60_000, 3, null],
  ['latest within 6 h', { ...latest, windowMs: 6 * hour }, 6 * hour, 0, null],
  ['latest within 6 h', { ...latest, windowMs: 6 * hour }, 6 * hour + 1, 0, 'outside_window'],
  ['latest within 6 h', { ...latest, windowMs: 6 * hour }, 7 * hour, 5, 'outside_window'],
  ['all within 6 h', { ...all, windowMs: 6 * hour }, 5 * hour, 3, 'catch_up'],
  ['latest', latest, 90 * 24 * hour, 0, null],
  ['ID-3 latest', latest, 90 * 24 * hour + 1, 0, 'outside_window'],
  ['ID-3 all within 100 d', { ...all, windowMs: 100 * 24 * hour }, 91 * 24 * hour, 0, 'outside_window'],
  ['all within 1 s', { ...all, windowMs: 1_000 }, 60_000, 0, null],
] as const)('AD-4 %s: %j, %i ms late, %i newer ticks: %s', (_name, catchUp, lateMs, newerTicks, reason) => {
  expect(missed(catchUp, lateMs, newerTicks)).toBe(reason);
});

const catchUps = fc.record({
  policy: fc.constantFrom<CatchUpPolicy>('none', 'latest', 'all'),
  windowMs: fc.option(fc.integer({ min: 1_000, max: 10 * hour })),
  limit: fc.integer({ min: 1, max: 1_000 }),
  paceMs: fc.constant(1_000),
});

test.prop([catchUps, fc.nat({ max: hour }), fc.integer({ min: -hour, max: hour }), fc.nat()])(
  'AD-4: until the threshold no tick is lost, whatever the policy',
  (catchUp, lateAfterMs, earlyMs, newerTicks) => {
    const lateMs = Math.min(earlyMs, lateAfterMs);
    expect(missed(catchUp, lateMs, newerTicks, lateAfterMs)).toBeNull();
  },
);

test.prop([catchUps, fc.nat({ max: 20 * hour }), fc.nat({ max: 2_000 }), fc.nat(), fc.nat()])(
  'AD-4: a tick that is missed stays missed while it grows older',
  (catchUp, lateMs, newerTicks, laterMs, more) => {
    if (missed(catchUp, lateMs, newerTicks) === null) return;
    expect(missed(catchUp, lateMs + laterMs, newerTicks + more)).not.toBeNull();
  },
);

test('AD-4: a tick is late once it may not start any more, or after a minute', () => {
  expect(lateAfter(null)).toBe(60_000);
  expect(lateAfter(5_000)).toBe(5_000);
});

test.prop([fc.array(fc.nat({ max: 20_000 }), { minLength: 1, maxLength: 20 }), fc.nat({ max: 10_000 })])(
  'AD-4: late ticks start one pace after another, and never before they are asked',
  (pauses, paceMs) => {
    let now = 0;
    let pacedUntil: number | null = null;
    for (const pauseMs of pauses) {
      now += pauseMs;
      const startAt = pacedStart({ ...all, paceMs }, pacedUntil, now);
      expect(startAt).toBeGreaterThanOrEqual(now);
      if (pacedUntil !== null) expect(startAt - pacedUntil).toBeGreaterThanOrEqual(paceMs);
      expect(startAt === now || startAt === (pacedUntil ?? 0) + paceMs).toBe(true);
      pacedUntil = startAt;
    }
  },
);
