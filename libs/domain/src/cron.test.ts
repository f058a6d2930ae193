import { expect, test } from 'vitest';
import { type Cron, CronError, parseCron } from './cron.ts';

const all = (count: number, first = 0) => Array.from({ length: count }, (_, index) => index + first);

test.each<[string, Partial<Cron>]>([
  ['30 2 * * *', { seconds: [0], minutes: [30], hours: [2], months: all(12, 1) }],
  ['5 30 2 * * *', { seconds: [5], minutes: [30], hours: [2] }],
  ['*/20 9-11 * * *', { minutes: [0, 20, 40], hours: [9, 10, 11] }],
  ['10/20 * * * *', { minutes: [10, 30, 50] }],
  ['5,1-3,2 * * JAN,mar-May *', { minutes: [1, 2, 3, 5], months: [1, 3, 4, 5] }],
  ['  0   0 * * *', { minutes: [0], hours: [0] }],
  ['@hourly', { minutes: [0], hours: all(24) }],
  ['@yearly', { minutes: [0], hours: [0], months: [1] }],
])('%s', (text, expected) => expect(parseCron(text)).toMatchObject(expected));

const weekly = (weekday: number, nth: number | 'last' | null = null) => ({ weekday, nth });

test.each([
  ['* * * * *', null, null],
  ['* * ? * ?', null, null],
  ['* * 1,15 * *', [1, 15], null],
  ['* * L * *', ['last'], null],
  ['* * 1,L * MON', [1, 'last'], [weekly(1)]],
  ['* * * * 0', null, [weekly(0)]],
  ['* * * * 7', null, [weekly(0)]],
  ['* * * * FRIL,MON#2', null, [weekly(5, 'last'), weekly(1, 2)]],
  ['* * * * 7L', null, [weekly(0, 'last')]],
])('%s means days', (text, monthDays, weekdays) => {
  expect(parseCron(text).days).toEqual({ monthDays, weekdays });
});

test.each([
  ['30 2 * * *', true],
  ['15 1,2,3 * * *', true],
  ['0 9-17 * * *', true],
  ['* 30 2 * * *', true],
  ['@daily', true],
  ['0 * * * *', false],
  ['*/15 2 * * *', false],
  ['0 1-5/2 * * *', false],
  ['0 ? * * *', false],
  ['@hourly', false],
])('%s names times of the day: %s', (text, isFixed) => expect(parseCron(text).isFixed).toBe(isFixed));

test.each([
  ['60 * * * *', 'minute "60" is not valid: allowed are 0 to 59'],
  ['60 * * * * *', 'second "60"'],
  ['0 24 * * *', 'hour "24" is not valid: allowed are 0 to 23'],
  ['0 0 0 * *', 'day of month "0"'],
  ['0 0 5W * *', 'day of month "5W"'],
  ['0 0 L-3 * *', 'day of month "L-3"'],
  ['0 0 * 13 *', 'month "13" is not valid: allowed are 1 to 12, or JAN to DEC'],
  ['0 0 * MON *', 'month "MON"'],
  ['0 0 * JANFEB *', 'month "JANFEB"'],
  ['0 0 * * 8', 'day of week "8"'],
  ['0 0 * * L', 'day of week "L"'],
  ['0 0 * * MON#6', 'day of week "MON#6"'],
  ['0 0 * * *#2', 'day of week "*#2"'],
  ['0 0 * * MON-5', 'day of week "MON-5" is not valid: write a range with two numbers or with two names'],
  ['5-1 * * * *', 'minute "5-1" is not valid: allowed are 0 to 59; ranges ascend'],
  ['0 0 * * FRI-MON', 'day of week "FRI-MON"'],
  ['*/0 * * * *', 'minute "*/0" is not valid: allowed are 0 to 59; ranges ascend, steps are 1 or more'],
  ['1,,2 * * * *', 'minute ""'],
  ['1.5 * * * *', 'minute "1.5"'],
  ['-1 * * * *', 'minute "-1"'],
  ['H * * * *', 'minute "H" is not valid: write fixed values, and "spread"'],
  ['0 H(0-5) * * *', 'hour "H(0-5)"'],
  ['@reboot', '"@reboot" is not known: write one of @yearly'],
  ['@every 5m', '"@every 5m" is not known'],
  ['@constructor', '"@constructor" is not known'],
  ['', 'has 1 fields'],
  ['* * * *', 'has 4 fields: write 5'],
  ['0 0 0 1 1 * 2027', 'has 7 fields'],
  ['0 0 30 2 *', 'never comes: no such day in month "2"'],
  ['0 0 31 2,4,6 *', 'never comes'],
  [`${'1,'.repeat(100)}1 * * * *`, 'at most 200'],
])('"%s" is refused', (text, message) => {
  expect(() => parseCron(text)).toThrow(CronError);
  expect(() => parseCron(text)).toThrow(message);
});

test.each(['0 0 29 2 *', '0 0 * 2 FRI#5', '0 0 30 2 MON', '0 0 31 2,3 *'])(
  '"%s" comes, if rarely',
  (text) => {
    expect(() => parseCron(text)).not.toThrow();
  },
);
