import { expect, test } from 'vitest';
import { resolveCatchUp, resolveSchedule, scheduleSchema } from './schedule.ts';

function errorsOf(document: object): string[] {
  const { error } = scheduleSchema.safeParse(document);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const defaults = {
  zone: 'UTC',
  gap: 'run-after',
  fold: 'first',
  spread: '0s',
  catchUp: { policy: 'latest', limit: 100, pace: '1s' },
};

test.each([
  [{ cron: ' 0  2 * * * ' }, { cron: '0 2 * * *', ...defaults }],
  [{ every: '90m' }, { every: '1h30m', anchor: '1970-01-01T00:00:00Z', ...defaults }],
  [{ at: '2027-03-14 09:00' }, { at: '2027-03-14T09:00:00', ...defaults }],
  [
    { cron: '@daily', zone: 'europe/berlin', spread: '300s', catchUp: { policy: 'all', window: '60m' } },
    {
      ...defaults,
      cron: '@daily',
      zone: 'Europe/Berlin',
      spread: '5m',
      catchUp: { policy: 'all', window: '1h', limit: 100, pace: '1s' },
    },
  ],
])('%j gets its defaults, and keeps them when it is read again', (document, expected) => {
  expect(scheduleSchema.parse(document)).toEqual(expected);
  expect(scheduleSchema.parse(expected)).toEqual(expected);
});

test.each([
  [{}, ': exactly one of cron, every and at is needed: found none'],
  [{ cron: '@daily', every: '1h' }, ': exactly one of cron, every and at is needed: found cron and every'],
  [{ cron: '61 * * * *' }, 'cron: minute "61" is not valid'],
  [{ every: '999ms' }, 'every: 999ms is out of range: 1s to 366d are allowed'],
  [{ every: 'often' }, 'every: "often" is not a duration'],
  [{ at: 'noon' }, 'at: "noon" is not an instant'],
  [{ cron: '@daily', zone: 'Europe/Berln' }, 'zone: "Europe/Berln" is not an IANA time zone'],
  [{ cron: '@daily', gap: 'run-before' }, 'gap: '],
  [{ cron: '@daily', spread: '8d' }, 'spread: 8d is out of range'],
  [{ cron: '@daily', anchor: '2027-01-01' }, 'anchor: only "every" counts from an anchor'],
  [
    { cron: '@daily', until: '2027-01-01', from: '2027-01-01' },
    'until: 2027-01-01T00:00:00 is not after from',
  ],
  [{ cron: '@daily', catchUp: { limit: 1_001 } }, 'catchUp.limit: '],
  [{ cron: '@daily', catchUp: { limit: 0 } }, 'catchUp.limit: '],
  [{ cron: '@daily', catchUp: { pace: '25h' } }, 'catchUp.pace: 25h is out of range: '],
  [{ cron: '@daily', catchUp: { pace: 'slowly' } }, 'catchUp.pace: "slowly" is not a duration'],
  [{ cron: '@daily', catchup: {} }, ': Unrecognized key'],
  [{ cron: '@daily', catchUp: { pase: 1 } }, 'catchUp: Unrecognized key'],
  [
    { at: '2027-03-14T02:30', zone: 'America/New_York', gap: 'skip' },
    'at: clocks in America/New_York never show 2027-03-14T02:30:00',
  ],
])('%j is refused', (document, message) => {
  expect(errorsOf(document)).toEqual([expect.stringContaining(message)]);
});

test('all that is wrong is said at once', () => {
  const document = { cron: '61 * * * *', every: '1h', zone: 'Berlin', from: 'now' };
  expect(errorsOf(document).map((error) => error.split(':')[0])).toEqual(['cron', 'zone', 'from', '']);
});

test('becomes milliseconds', () => {
  const document = {
    every: '15m',
    zone: 'America/New_York',
    anchor: '2027-01-01T00:05',
    spread: '5m',
    from: '2027-03-14',
    until: '2027-03-15',
    catchUp: { policy: 'all', window: '6h', limit: 10, pace: '90s' },
  };
  expect(resolveSchedule(scheduleSchema.parse(document))).toEqual({
    kind: 'every',
    everyMs: 900_000,
    anchorAt: Date.parse('2027-01-01T05:05Z'),
    zone: 'America/New_York',
    spreadMs: 300_000,
    fromAt: Date.parse('2027-03-14T05:00Z'),
    untilAt: Date.parse('2027-03-15T04:00Z'),
    catchUp: { policy: 'all', windowMs: 6 * 3_600_000, limit: 10, paceMs: 90_000 },
  });
});

test('a document of a release that knew no pace has the default one', () => {
  expect(resolveCatchUp({ policy: 'all', limit: 10 })).toEqual({
    policy: 'all',
    windowMs: null,
    limit: 10,
    paceMs: 1_000,
  });
});

test('a zone that this host does not know throws, since its ticks would be wrong', () => {
  const document = { ...scheduleSchema.parse({ at: '2027-03-14' }), zone: 'Moon/Base' };
  expect(() => resolveSchedule(document)).toThrow('zone "Moon/Base" is unknown');
});
