import { expect, test } from 'vitest';
import { maxTriggerDepth } from './after.ts';
import { checkTrigger } from './check-trigger.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `job-${index + 1}`);

test('a chain is fine as it is', () => {
  expect(checkTrigger({ slug: 'a', ancestors: ['b', 'c'], depthBelow: 2 })).toEqual([]);
});

test.each([
  [['a'], 'a cycle: a ← a'],
  [['b', 'a'], 'a cycle: a ← b ← a'],
  [['b', 'c', 'd', 'a', 'b', 'c'], 'a cycle: a ← b ← c ← d ← a'],
])('ED-5: job a after %j is refused', (ancestors, message) => {
  expect(checkTrigger({ slug: 'a', ancestors, depthBelow: 0 })).toEqual([
    { path: 'after.job', value: ancestors[0], message },
  ]);
});

test('ED-5: ten triggers in a row are allowed, above, below, and together', () => {
  for (const above of [1, 5, maxTriggerDepth]) {
    const place = { slug: 'a', ancestors: names(above), depthBelow: maxTriggerDepth - above };
    expect(checkTrigger(place)).toEqual([]);
    expect(checkTrigger({ ...place, depthBelow: place.depthBelow + 1 })).toEqual([
      { path: 'after.job', value: 'job-1', message: 'a chain of 11 triggers: 10 are allowed' },
    ]);
  }
});

test('ED-5: a cycle is called a cycle, however long its chain', () => {
  const ancestors = [...names(20), 'a'];
  expect(checkTrigger({ slug: 'a', ancestors, depthBelow: 20 })[0]?.message).toContain('a cycle');
});
