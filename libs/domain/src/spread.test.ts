import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { spreadOffset } from './spread.ts';

test('a job keeps its share for ever', () => {
  expect(spreadOffset('0197c3e2-7d4e-7f00-8000-000000000001', 300_000)).toBe(94_858);
  expect(spreadOffset('0197c3e2-7d4e-7f00-8000-000000000001', 0)).toBe(0);
});

test.prop([fc.uuid(), fc.integer({ min: 1, max: 7 * 86_400_000 })])(
  'a share lies within the spread',
  (id, spreadMs) => {
    const offsetMs = spreadOffset(id, spreadMs);
    expect(Number.isInteger(offsetMs)).toBe(true);
    expect(offsetMs).toBeGreaterThanOrEqual(0);
    expect(offsetMs).toBeLessThan(spreadMs);
  },
);

test('shares are even: no tenth of the spread gets a double load', () => {
  const loads = new Map<number, number>();
  for (let job = 0; job < 10_000; job++) {
    const tenth = Math.floor(spreadOffset(`job ${job}`, 60_000) / 6_000);
    loads.set(tenth, (loads.get(tenth) ?? 0) + 1);
  }
  expect(loads.size).toBe(10);
  expect(Math.max(...loads.values())).toBeLessThan(1_200);
});
