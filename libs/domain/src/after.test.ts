import { expect, test } from 'vitest';
import { afterSchema, goesOnWaiting, maxParents, resolveTrigger, withoutParent } from './after.ts';

const defaults = { on: 'success', delay: '0s' } as const;
const names = (count: number) => Array.from({ length: count }, (_, index) => `job-${index}`);

function faultsOf(after: unknown): string[] {
  const result = afterSchema.safeParse(after);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('one parent, or several with their join', () => {
  expect(resolveTrigger({ job: 'a', on: 'failure', delay: '10s' })).toEqual({
    parents: ['a'],
    join: 'any',
    on: 'failure',
    condition: null,
    delayMs: 10_000,
  });
  const several = { jobs: ['a', 'b'], join: 'all', when: { contains: 'x' }, ...defaults } as const;
  expect(resolveTrigger({ ...several, jobs: [...several.jobs] })).toEqual({
    parents: ['a', 'b'],
    join: 'all',
    on: 'success',
    condition: { kind: 'contains', text: 'x' },
    delayMs: 0,
  });
  expect(faultsOf({ jobs: names(maxParents) })).toEqual([]);
});

test.each([
  [{}, ': exactly one of "job" and "jobs" is needed'],
  [{ job: 'a', jobs: ['b', 'c'] }, ': exactly one of "job" and "jobs" is needed'],
  [{ job: 'a', join: 'any' }, 'join: "join" says how several "jobs" count: there is one'],
  [{ jobs: ['a', 'b', 'a'] }, 'jobs.2: "a" is named twice'],
])('%j is refused in words', (after, fault) => expect(faultsOf(after)).toEqual([fault]));

test('several are two to sixteen', () => {
  for (const jobs of [[], ['a'], names(maxParents + 1)]) expect(faultsOf({ jobs })).not.toEqual([]);
});

test('a parent that goes leaves the others, and the last one alone', () => {
  const after = { jobs: ['a', 'b', 'c'], join: 'all' as const, ...defaults };
  expect(withoutParent(after, 'b')).toEqual({ jobs: ['a', 'c'], join: 'all', ...defaults });
  expect(withoutParent({ ...after, jobs: ['a', 'b'] }, 'b')).toEqual({ job: 'a', ...defaults });
  expect(withoutParent({ job: 'a', ...defaults }, 'a')).toBeUndefined();
});

test('ED-1 what has ended goes on to count where all are still needed, and the same is asked of each', () => {
  const all = { jobs: ['a', 'b'], join: 'all' as const, ...defaults };
  expect(goesOnWaiting(all, { ...all, jobs: ['b', 'c'], delay: '1s' })).toBe(true);
  expect(goesOnWaiting({ ...all, when: { contains: 'x' } }, { ...all, when: { contains: 'x' } })).toBe(true);
  for (const next of [
    undefined,
    { job: 'a', ...defaults },
    { ...all, join: 'any' as const },
    { ...all, on: 'complete' as const },
    { ...all, when: { contains: 'x' } },
  ]) {
    expect(goesOnWaiting(all, next)).toBe(false);
  }
});
