import { dueTimes, resolveSchedule, type Schedule, scheduleSchema } from '@flotilla/domain';
import { describe, expect, test } from 'vitest';
import { cronOracle, oracleTicks, reachMs, type WallPolicy } from './due-times-oracle.ts';
import { readMinutes, wallMinutes } from './wall-minutes.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);
const end = Date.UTC(2028, 0, 1);

const expressions = [
  '30 2 * * *',
  '0 * * * *',
  '*/15 * * * *',
  '0 0 * * *',
  '15 1,2,3 * * *',
  '45 23 * * *',
  '10,50 0-3 * * *',
  '0 2 * * 0',
  '30 0,2 * * SUN,FRI-SAT',
  '*/20 2 1-7 * 7',
  '20,40 30 2 * * *',
] as const;

const policies = (['run-after', 'shift', 'skip'] as const).flatMap((gap) =>
  (['first', 'both'] as const).map((fold): WallPolicy => ({ gap, fold })),
);

/** Midnights before a change of the zone's offset; one day without any where the zone never changes. */
function daysOfChange(zone: string): number[] {
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, hour: 'numeric', minute: 'numeric' });
  const days: number[] = [];
  for (let at = start; at < end; at += day) if (clock.format(at) !== clock.format(at + day)) days.push(at);
  return days.length > 0 ? days : [Date.UTC(2027, 2, 14)];
}

interface Case {
  readonly cron: string;
  readonly policy: WallPolicy;
  readonly schedule: Schedule;
}

function casesOf(zone: string): Case[] {
  return expressions.flatMap((cron) =>
    policies.map((policy) => {
      const schedule = resolveSchedule(scheduleSchema.parse({ cron, zone, ...policy }));
      return { cron, policy, schedule };
    }),
  );
}

function ticksBetween(schedule: Schedule, from: number, to: number): number[] {
  const ticks: number[] = [];
  for (const { tickAt } of dueTimes(schedule, from - 1)) {
    if (tickAt >= to) break;
    ticks.push(tickAt);
  }
  return ticks;
}

/** Compares all expressions and policies from 36 hours before the day of a change to 36 hours after it. */
function differencesAround(zone: string, cases: readonly Case[], dayOfChange: number): string[] {
  const from = dayOfChange - 36 * hour;
  const to = dayOfChange + day + 36 * hour;
  const minutes = readMinutes(wallMinutes(zone, from - reachMs, to + reachMs));
  const oracles = new Map(expressions.map((cron) => [cron as string, cronOracle(cron, minutes)]));
  return cases.flatMap(({ cron, policy, schedule }) => {
    const ticks = oracles.get(cron)?.(policy) ?? [];
    const expected = ticks.filter((tickAt) => tickAt >= from && tickAt < to);
    const isSame = expected.join() === ticksBetween(schedule, from, to).join();
    return isSame ? [] : [`${zone} "${cron}" ${policy.gap} ${policy.fold} around ${new Date(dayOfChange)}`];
  });
}

describe('ticks and the clocks of the world', () => {
  test('agree in each zone around each change of 2026 and 2027', { timeout: 120_000 }, () => {
    const zones = Intl.supportedValuesOf('timeZone');
    const days = new Map(zones.map((zone) => [zone, daysOfChange(zone)]));
    expect([...days.values()].flat().length).toBeGreaterThan(zones.length);
    for (const [zone, daysOfZone] of days) {
      const cases = casesOf(zone);
      expect(daysOfZone.flatMap((at) => differencesAround(zone, cases, at))).toEqual([]);
    }
  });

  test.each([
    ['the day that Samoa left out', 'Pacific/Apia', '2011-12-30'],
    ['a gap at midnight', 'America/Asuncion', '2023-10-01'],
    ['a fold at midnight', 'America/Asuncion', '2024-03-24'],
    ['a gap at one minute past midnight', 'America/St_Johns', '2011-03-13'],
    ['a fold back over midnight', 'America/St_Johns', '2010-11-07'],
    ['a gap of a quarter of an hour', 'Asia/Pyongyang', '2018-05-04'],
  ])('agree on %s', (_, zone, date) => {
    expect(differencesAround(zone, casesOf(zone), Date.parse(date))).toEqual([]);
  });
});

describe('the oracle itself', () => {
  const newYork = { zone: 'America/New_York', gap: 'run-after', fold: 'first' } as const;
  const spring = { from: Date.parse('2027-03-14T00:00Z'), to: Date.parse('2027-03-15T00:00Z') };
  const autumn = { from: Date.parse('2027-11-07T00:00Z'), to: Date.parse('2027-11-08T00:00Z') };

  test.each([
    ['run-after', '2027-03-14T07:00Z'],
    ['shift', '2027-03-14T07:30Z'],
  ] as const)('moves a fixed time in a gap: %s', (gap, expected) => {
    const ticks = oracleTicks({ ...newYork, ...spring, gap, cron: '30 2 * * *' });
    expect(ticks).toEqual([Date.parse(expected)]);
  });

  test('leaves a fixed time in a gap out under skip', () => {
    expect(oracleTicks({ ...newYork, ...spring, gap: 'skip', cron: '30 2 * * *' })).toEqual([]);
  });

  test('sees an hour twice', () => {
    const both = ['2027-11-07T05:30Z', '2027-11-07T06:30Z'].map((text) => Date.parse(text));
    expect(oracleTicks({ ...newYork, ...autumn, cron: '30 1 * * *' })).toEqual(both.slice(0, 1));
    expect(oracleTicks({ ...newYork, ...autumn, fold: 'both', cron: '30 1 * * *' })).toEqual(both);
    expect(oracleTicks({ ...newYork, ...autumn, cron: '0 * * * *' })).toHaveLength(24);
  });

  test('reads intervals and single instants', () => {
    const everyMs = 7 * hour;
    const expected = [Date.parse('2027-03-14T05:00Z')];
    const quarterDay = { from: Date.parse('2027-03-14T00:00Z'), to: Date.parse('2027-03-14T06:00Z') };
    const anchorAt = Date.parse('2027-03-13T22:00Z');
    expect(oracleTicks({ ...newYork, ...quarterDay, everyMs, anchorAt })).toEqual(expected);
    expect(oracleTicks({ ...newYork, ...spring, at: '2027-03-14T01:00:00' })).toEqual([
      Date.parse('2027-03-14T06:00Z'),
    ]);
    expect(oracleTicks({ ...newYork, ...spring, at: '2027-03-14T01:00:00Z' })).toEqual([
      Date.parse('2027-03-14T01:00Z'),
    ]);
  });
});
