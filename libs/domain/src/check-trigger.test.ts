import { expect, test } from 'vitest';
import { type AfterDocument, maxTriggerDepth } from './after.ts';
import { checkTrigger, type TriggerPlace } from './check-trigger.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `job-${index + 1}`);
const after = (...jobs: string[]): AfterDocument => {
  const [job = '', ...others] = jobs;
  return { ...(others.length === 0 ? { job } : { jobs }), on: 'success', delay: '0s' };
};

/** `a < b` says that a waits for b. */
function place(parents: string[], waits: string[], depthBelow = 0): TriggerPlace {
  const triggers = waits.map((words) => {
    const [slug = '', parent = ''] = words.split(' < ');
    return { slug, parent };
  });
  return { slug: 'a', after: after(...parents), triggers, depthBelow, crowded: [] };
}

/** Each job waits for the next. */
const chain = (slugs: readonly string[]) =>
  slugs.slice(1).map((parent, index) => `${slugs[index] ?? ''} < ${parent}`);

test('chains and diamonds are fine as they are', () => {
  expect(checkTrigger(place(['b'], chain(['b', 'c']), 2))).toEqual([]);
  expect(checkTrigger(place(['b', 'c'], ['b < root', 'c < root'], 2))).toEqual([]);
});

test.each<[string[], string[], string, string]>([
  [['a'], [], 'after.job', 'a cycle: a ← a'],
  [['b'], ['b < a'], 'after.job', 'a cycle: a ← b ← a'],
  [['b'], chain(['b', 'c', 'd', 'a', 'b']), 'after.job', 'a cycle: a ← b ← c ← d ← a'],
  [['x', 'b'], ['x < y', 'b < c', 'b < y', 'c < d', 'c < a'], 'after.jobs.1', 'a cycle: a ← b ← c ← a'],
])('ED-5: job a after %j, where %j, is refused', (parents, waits, path, message) => {
  const value = parents.at(-1);
  expect(checkTrigger(place(parents, waits))).toEqual([{ path, value, message }]);
});

test('ED-5: ten triggers in a row are allowed, above, below, and together', () => {
  for (const above of [1, 5, maxTriggerDepth]) {
    const below = maxTriggerDepth - above;
    expect(checkTrigger(place(['job-1'], chain(names(above)), below))).toEqual([]);
    expect(checkTrigger(place(['job-1'], chain(names(above)), below + 1))).toEqual([
      { path: 'after.job', value: 'job-1', message: 'a chain of 11 triggers: 10 are allowed' },
    ]);
  }
});

test('ED-5: of several ways up the longest counts', () => {
  const waits = [...chain(names(10)), 'b < job-1', 'b < job-10'];
  expect(checkTrigger(place(['job-10', 'b'], waits))).toEqual([
    { path: 'after.jobs.1', value: 'b', message: 'a chain of 11 triggers: 10 are allowed' },
  ]);
});

test('ED-5: a cycle is called a cycle, however long its chain', () => {
  const waits = chain([...names(20), 'a']);
  expect(checkTrigger(place(['job-1'], waits, 20))[0]?.message).toContain('a cycle');
});

test('a parent that has as many children as it may have takes no other', () => {
  expect(checkTrigger({ ...place(['b', 'c'], []), crowded: ['c'] })).toEqual([
    { path: 'after.jobs.1', value: 'c', message: '"c" has 1000 children already: as many as are allowed' },
  ]);
});
