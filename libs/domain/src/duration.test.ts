import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { durationText, formatDuration, maxDurationMs, parseDuration } from './duration.ts';

test.each([
  ['0s', 0],
  ['250ms', 250],
  ['30s', 30_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['1h30m', 5_400_000],
])('%s is %i milliseconds', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

test.each(['', '30', 's', '1.5h', '-5s', '5 s', '5S', '1w', '1h30', '1h foo'])(
  '"%s" is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  ['60m', '1h'],
  ['90s', '1m30s'],
  ['1500ms', '1s500ms'],
  ['36h', '1d12h'],
  ['0h', '0s'],
])('%s is kept as %s', (text, shortest) => {
  expect(durationText().parse(text)).toBe(shortest);
});

test.prop([fc.integer({ min: 0, max: maxDurationMs })])(
  'text and milliseconds say the same',
  (durationMs) => {
    expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
  },
);

test.each([
  ['soon', '"soon" is not a duration: write 30s, 15m, 2h or 1d'],
  ['999ms', '999ms is out of range: 1s to 1h are allowed'],
  ['61m', '61m is out of range: 1s to 1h are allowed'],
])('an error names %s and what is right', (text, message) => {
  const { error } = durationText({ minMs: 1_000, maxMs: 3_600_000 }).safeParse(text);
  expect(error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test('bounds are included, and no duration is longer than 366 days', () => {
  const hourly = durationText({ minMs: 1_000, maxMs: 3_600_000 });
  expect(hourly.safeParse('1s').success).toBe(true);
  expect(hourly.safeParse('1h').success).toBe(true);
  expect(durationText().safeParse('366d').success).toBe(true);
  expect(durationText().safeParse('366d1ms').success).toBe(false);
});
