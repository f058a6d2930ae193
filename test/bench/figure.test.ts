import { expect, test } from 'vitest';
import { holds, median } from './figure.ts';

test('the median is the middle one, or lies between the two', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([7])).toBe(7);
  expect(() => median([])).toThrow(RangeError);
});

test('a bound is held by the median of the rounds', () => {
  const late = { what: 'p99', unit: 'ms', rounds: [10, 20, 900] } as const;
  expect(holds({ ...late, bound: { atMost: 20 } })).toBe(true);
  expect(holds({ ...late, bound: { atMost: 19 } })).toBe(false);
  expect(holds({ ...late, bound: { atLeast: 20 } })).toBe(true);
  expect(holds(late)).toBeNull();
});
