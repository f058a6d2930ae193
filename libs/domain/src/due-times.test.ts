import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { dueTimes, nextTick } from './due-times.ts';
import { resolveSchedule, type Schedule, scheduleSchema } from './schedule.ts';
import type { Tick } from './tick.ts';

const resolve = (document: object): Schedule => resolveSchedule(scheduleSchema.parse(document));

/** The ticks after one instant and before another, as `2027-03-14T07:00Z`, with their notes. */
function ticks(document: object, after: string, before: string): string[] {
  const found: string[] = [];
  for (const { tickAt, note } of dueTimes(resolve(document), Date.parse(after))) {
    if (tickAt >= Date.parse(before)) break;
    const text = new Date(tickAt).toISOString().replace(/(?::00)?\.000Z$/, 'Z');
    found.push(note === null ? text : `${text} ${note}`);
  }
  return found;
}

function take(schedule: Schedule, after: number, count: number): Tick[] {
  const found: Tick[] = [];
  for (const tick of dueTimes(schedule, after)) {
    found.push(tick);
    if (found.length >= count) break;
  }
  return found;
}

describe('weekdays', () => {
  test.each([
    ['MON', '2027-03-15'],
    ['1', '2027-03-15'],
    ['2', '2027-03-16'],
    ['3', '2027-03-17'],
    ['4', '2027-03-18'],
    ['FRI', '2027-03-19'],
    ['6', '2027-03-20'],
    ['0', '2027-03-21'],
    ['7', '2027-03-21'],
    ['FRIL', '2027-03-26'],
    ['MON#2', '2027-04-12'],
  ])('%s first comes on %s', (weekday, date) => {
    const tick = nextTick(resolve({ cron: `0 0 * * ${weekday}` }), Date.parse('2027-03-14'));
    expect(tick?.tickAt).toBe(Date.parse(date));
  });

  test('Monday to Friday leaves the weekend out', () => {
    expect(ticks({ cron: '0 9 * * 1-5' }, '2027-03-18T12:00Z', '2027-03-23')).toEqual([
      '2027-03-19T09:00Z',
      '2027-03-22T09:00Z',
    ]);
  });

  test('a day of the month or a weekday is enough where both restrict', () => {
    expect(ticks({ cron: '0 0 1,15 * MON' }, '2027-02-28T12:00Z', '2027-03-20')).toEqual([
      '2027-03-01T00:00Z',
      '2027-03-08T00:00Z',
      '2027-03-15T00:00Z',
    ]);
  });

  test('L is the last day of each month', () => {
    expect(ticks({ cron: '0 0 L * *' }, '2028-01-31', '2028-05-01')).toEqual([
      '2028-02-29T00:00Z',
      '2028-03-31T00:00Z',
      '2028-04-30T00:00Z',
    ]);
  });

  test('the last Friday may be the last day', () => {
    expect(ticks({ cron: '0 0 * 4 FRIL' }, '2027-01-01', '2028-01-01')).toEqual(['2027-04-30T00:00Z']);
  });
});

/** The local days on which clocks change in 2027, as UTC instants. */
const changes = {
  newYorkSpring: ['America/New_York', '2027-03-14T05:00Z', '2027-03-15T04:00Z'],
  newYorkAutumn: ['America/New_York', '2027-11-07T04:00Z', '2027-11-08T05:00Z'],
  berlinSpring: ['Europe/Berlin', '2027-03-27T23:00Z', '2027-03-28T22:00Z'],
  berlinAutumn: ['Europe/Berlin', '2027-10-30T22:00Z', '2027-10-31T23:00Z'],
  lordHoweAutumn: ['Australia/Lord_Howe', '2027-04-03T13:00Z', '2027-04-04T13:30Z'],
  lordHoweSpring: ['Australia/Lord_Howe', '2027-10-02T13:30Z', '2027-10-03T13:00Z'],
  stJohnsSpring: ['America/St_Johns', '2027-03-14T03:30Z', '2027-03-15T02:30Z'],
  stJohnsAutumn: ['America/St_Johns', '2027-11-07T02:30Z', '2027-11-08T03:30Z'],
} as const;

type Change = keyof typeof changes;

function ticksOn(change: Change, document: object): string[] {
  const [zone, start, end] = changes[change];
  return ticks({ zone, ...document }, new Date(Date.parse(start) - 1).toISOString(), end);
}

describe('both changes of 2027', () => {
  test.each<[Change, string]>([
    ['newYorkSpring', '2027-03-14T07:00Z gap'],
    ['newYorkAutumn', '2027-11-07T07:30Z'],
    ['berlinSpring', '2027-03-28T01:00Z gap'],
    ['berlinAutumn', '2027-10-31T00:30Z fold'],
    ['lordHoweAutumn', '2027-04-03T16:00Z'],
    ['lordHoweSpring', '2027-10-02T15:30Z'],
    ['stJohnsSpring', '2027-03-14T05:30Z gap'],
    ['stJohnsAutumn', '2027-11-07T06:00Z'],
  ])('%s: 30 2 * * * fires at %s and no other time', (change, expected) => {
    expect(ticksOn(change, { cron: '30 2 * * *' })).toEqual([expected]);
  });

  test.each<[Change, number, number, number]>([
    ['newYorkSpring', 23, 92, 0],
    ['newYorkAutumn', 25, 100, 8],
    ['berlinSpring', 23, 92, 0],
    ['berlinAutumn', 25, 100, 8],
    ['lordHoweAutumn', 24, 98, 4],
    ['lordHoweSpring', 23, 94, 0],
    ['stJohnsSpring', 23, 92, 0],
    ['stJohnsAutumn', 25, 100, 8],
  ])(
    '%s: %i hourly ticks, %i each quarter of an hour, %i of them come twice',
    (change, hours, quarters, twice) => {
      const quarterly = ticksOn(change, { cron: '*/15 * * * *' });
      expect(ticksOn(change, { cron: '0 * * * *' })).toHaveLength(hours);
      expect(quarterly).toHaveLength(quarters);
      expect(quarterly.filter((tick) => tick.endsWith(' fold'))).toHaveLength(twice);
    },
  );

  test('each hour of a fold fires in both passes, an hour apart', () => {
    expect(ticksOn('newYorkAutumn', { cron: '0 * * * *' }).slice(0, 4)).toEqual([
      '2027-11-07T04:00Z',
      '2027-11-07T05:00Z fold',
      '2027-11-07T06:00Z fold',
      '2027-11-07T07:00Z',
    ]);
  });

  test('half an hour of Lord Howe is left out', () => {
    expect(ticksOn('lordHoweSpring', { cron: '*/15 1-2 * * *' })).toEqual([
      '2027-10-02T14:30Z',
      '2027-10-02T14:45Z',
      '2027-10-02T15:00Z',
      '2027-10-02T15:15Z',
      '2027-10-02T15:30Z',
      '2027-10-02T15:45Z',
    ]);
  });
});

describe('gap and fold policies', () => {
  test.each([
    ['run-after', ['2027-03-14T07:00Z gap']],
    ['shift', ['2027-03-14T07:15Z gap', '2027-03-14T07:30Z gap']],
    ['skip', []],
  ])('%s', (gap, expected) => {
    expect(ticksOn('newYorkSpring', { cron: '15,30 2 * * *', gap })).toEqual(expected);
  });

  test.each([
    ['first', ['2027-11-07T05:30Z fold']],
    ['both', ['2027-11-07T05:30Z fold', '2027-11-07T06:30Z fold']],
  ])('%s', (fold, expected) => {
    expect(ticksOn('newYorkAutumn', { cron: '30 1 * * *', fold })).toEqual(expected);
  });

  test('a moved tick and one of its own on the same instant are one, and marked', () => {
    const ofItsOwn = { cron: '0,30 2,3 * * *' };
    expect(ticksOn('newYorkSpring', ofItsOwn)).toEqual(['2027-03-14T07:00Z gap', '2027-03-14T07:30Z']);
    expect(ticksOn('newYorkSpring', { ...ofItsOwn, gap: 'shift' })).toEqual([
      '2027-03-14T07:00Z gap',
      '2027-03-14T07:30Z gap',
    ]);
  });

  test('a day that a zone leaves out is one long gap', () => {
    const samoa = { cron: '30 2 * * *', zone: 'Pacific/Apia' };
    const around = ['2011-12-29T00:00Z', '2012-01-01T00:00Z'] as const;
    expect(ticks(samoa, ...around)).toEqual([
      '2011-12-29T12:30Z',
      '2011-12-30T10:00Z gap',
      '2011-12-30T12:30Z',
      '2011-12-31T12:30Z',
    ]);
    expect(ticks({ ...samoa, gap: 'shift' }, ...around)).toHaveLength(3);
  });
});

describe('the other kinds', () => {
  test('an interval is elapsed time from its anchor, whatever clocks do', () => {
    const document = { every: '12h', zone: 'America/New_York', anchor: '2027-03-01T09:00' };
    expect(ticks(document, '2027-03-13T14:00Z', '2027-03-15')).toEqual([
      '2027-03-14T02:00Z',
      '2027-03-14T14:00Z',
    ]);
  });

  test('an interval is counted back from an anchor that lies ahead', () => {
    expect(ticks({ every: '1d', anchor: '2030-01-01T06:00Z' }, '2027-01-01T06:00Z', '2027-01-03')).toEqual([
      '2027-01-02T06:00Z',
    ]);
  });

  test('an instant comes once', () => {
    const schedule = resolve({ at: '2027-03-14T09:00Z' });
    expect(nextTick(schedule, Date.parse('2027-03-14T08:59Z'))?.tickAt).toBe(Date.parse('2027-03-14T09:00Z'));
    expect(nextTick(schedule, Date.parse('2027-03-14T09:00Z'))).toBeUndefined();
  });
});

describe('bounds', () => {
  test('from counts, until does not', () => {
    const document = { cron: '@hourly', from: '2027-01-01T10:00', until: '2027-01-01T12:00' };
    expect(ticks(document, '2020-01-01', '2030-01-01')).toEqual(['2027-01-01T10:00Z', '2027-01-01T11:00Z']);
  });

  test('a tick on the instant itself is not after it, one a millisecond later is', () => {
    const schedule = resolve({ every: '1s' });
    expect(nextTick(schedule, 5_000)?.tickAt).toBe(6_000);
    expect(nextTick(schedule, 4_999)?.tickAt).toBe(5_000);
    expect(nextTick(schedule, 4_999.5)?.tickAt).toBe(5_000);
  });

  test('the rarest day is found, over a century without a leap day', () => {
    const tick = nextTick(resolve({ cron: '0 0 * 2 MON#5' }), Date.parse('2072-03-01'));
    expect(new Date(tick?.tickAt ?? 0).toISOString()).toBe('2112-02-29T00:00:00.000Z');
  });

  test('silence is counted from the last tick, so that a sequence has no end', () => {
    expect(take(resolve({ cron: '@yearly' }), Date.parse('1990-06-01'), 60)).toHaveLength(60);
  });

  test('a schedule that always falls into a skipped gap ends', () => {
    const document = { cron: '30 2 8-14 3 *', zone: 'America/New_York', gap: 'skip' };
    const sundays = { ...document, cron: '30 2 * 3 SUN#2' };
    expect(nextTick(resolve(document), Date.parse('2027-01-01'))).toBeDefined();
    expect(nextTick(resolve(sundays), Date.parse('2027-01-01'))).toBeUndefined();
  });
});

const crons = ['30 2 * * *', '0 * * * *', '*/7 0-4 * * *', '0 0 1 * 1', '59 23 L * *', '15 10 1,2,3 * * *'];

const documents = fc.record({
  cron: fc.constantFrom(...crons),
  zone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
  gap: fc.constantFrom('run-after', 'shift', 'skip'),
  fold: fc.constantFrom('first', 'both'),
});
const instants = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2040, 0) });

describe('any schedule', () => {
  test.prop([documents, instants])('ascends, each instant once', (document, after) => {
    let previous = after;
    for (const { tickAt } of take(resolve(document), after, 200)) {
      expect(tickAt).toBeGreaterThan(previous);
      previous = tickAt;
    }
  });

  test.prop([documents, instants, fc.nat(99)])(
    'goes on from any tick, and from between',
    (document, after, index) => {
      const schedule = resolve(document);
      const all = take(schedule, after, 120);
      const tickAt = all[index]?.tickAt ?? after;
      const rest = all.slice(index + 1);
      expect(take(schedule, tickAt, rest.length)).toEqual(rest);
      expect(take(schedule, (rest[0]?.tickAt ?? 0) - 1, rest.length)).toEqual(rest);
    },
  );

  test.prop([documents, instants, fc.integer({ min: 1, max: 20 })])(
    'stays in its bounds',
    (document, start, days) => {
      const end = start + days * 86_400_000;
      const bounds = { from: new Date(start).toISOString(), until: new Date(end).toISOString() };
      const within = take(resolve({ ...document, ...bounds }), start - 86_400_000, 5_000);
      const unbound = take(resolve(document), start - 1, within.length + 1);
      expect(within).toEqual(unbound.slice(0, -1));
      expect(unbound.at(-1)?.tickAt).toBeGreaterThanOrEqual(end);
    },
  );
});
