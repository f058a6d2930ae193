import { expect, test } from 'vitest';
import { changedPaths } from './changed-paths.ts';

test('paths name the innermost fields that differ', () => {
  const before = {
    id: 'a',
    schedule: { cron: '0 2 * * *', zone: 'UTC' },
    turn: { argv: ['a', 'b'] },
    tags: [],
  };
  const after = {
    id: 'a',
    schedule: { cron: '0 3 * * *', zone: 'UTC' },
    turn: { argv: ['a'] },
    tags: [],
    retry: { attempts: 3 },
  };
  expect(changedPaths(before, after)).toEqual(['retry', 'schedule.cron', 'turn.argv']);
});

test('what is the same has no paths, in whatever order its keys are', () => {
  expect(changedPaths({ a: 1, b: { c: [1], d: 2 } }, { b: { d: 2, c: [1] }, a: 1 })).toEqual([]);
});

test('a field that comes or goes counts', () => {
  expect(changedPaths({ a: 1 }, { b: 1 })).toEqual(['a', 'b']);
});
