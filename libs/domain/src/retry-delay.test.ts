import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { RetryPolicy } from './retry.ts';
import { retryDelay, retryJitter } from './retry-delay.ts';

const policy: RetryPolicy = {
  attempts: 10,
  delayMs: 30_000,
  factor: 2,
  maxMs: 3_600_000,
  on: ['failed', 'timed_out'],
};

test.each([
  [1, 30_000],
  [2, 60_000],
  [3, 120_000],
  [7, 1_920_000],
  [8, 3_600_000],
  [99, 3_600_000],
])('after %i failures the next try is %i ms away, but for chance', (failures, delayMs) => {
  expect(retryDelay(policy, failures, 0.5)).toBe(delayMs);
});

test('chance takes away or adds up to a fifth, and never goes over the largest delay', () => {
  expect(retryDelay(policy, 1, 0)).toBe(24_000);
  expect(retryDelay(policy, 1, 1 - Number.EPSILON)).toBe(36_000);
  expect(retryDelay(policy, 99, 0)).toBe(2_880_000);
  expect(retryDelay(policy, 99, 0.99)).toBe(3_600_000);
});

const policies = fc.record({
  attempts: fc.constant(100),
  delayMs: fc.nat({ max: 2_592_000_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  maxMs: fc.nat({ max: 2_592_000_000 }),
  on: fc.constant(['failed' as const]),
});
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test.prop([policies, fc.integer({ min: 1, max: 99 }), chances])(
  'a delay is whole milliseconds, within a fifth of the exponential, never above the largest',
  (retry, failures, chance) => {
    const plain = Math.min(retry.delayMs * retry.factor ** (failures - 1), retry.maxMs);
    const delayMs = retryDelay(retry, failures, chance);
    expect(Number.isSafeInteger(delayMs)).toBe(true);
    expect(delayMs).toBeLessThanOrEqual(retry.maxMs);
    expect(delayMs).toBeGreaterThanOrEqual(plain * (1 - retryJitter) - 0.5);
    expect(delayMs).toBeLessThanOrEqual(plain * (1 + retryJitter) + 0.5);
  },
);

test.prop([policies, fc.integer({ min: 1, max: 98 }), chances])(
  'with the same chance the next delay is no shorter',
  (retry, failures, chance) => {
    expect(retryDelay(retry, failures + 1, chance)).toBeGreaterThanOrEqual(
      retryDelay(retry, failures, chance),
    );
  },
);
