import { expect, test } from 'vitest';
import { distanceWords, spanWords } from './span-words.ts';

test.each([
  [0, '0.0 s'],
  [412, '0.4 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [99_499, '99 s'],
  [99_500, '2 min'],
  [99 * 60_000, '99 min'],
  [100 * 60_000, '1 h 40 min'],
  [3 * 3_600_000, '3 h'],
  [86_400_000, '1 d'],
  [46 * 3_600_000, '1 d 22 h'],
  [2 * 86_400_000 + 3_600_000, '2 d 1 h'],
  [-5, '0.0 s'],
])('%i ms are %s', (spanMs, words) => {
  expect(spanWords(spanMs)).toBe(words);
});

test('distances have a direction', () => {
  expect(distanceWords(12_000, 0)).toBe('in 12 s');
  expect(distanceWords(0, 12_000)).toBe('12 s ago');
  expect(distanceWords(100, 0)).toBe('now');
});
