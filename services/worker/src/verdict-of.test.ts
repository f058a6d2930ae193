import { expect, test } from 'vitest';
import { verdictOf } from './verdict-of.ts';

test.each([
  ['succeeded', null, { kind: 'done' }],
  ['cancelled', 'requested', { kind: 'done' }],
  ['failed', 'exit_code', { kind: 'failed', why: 'failed: exit_code' }],
  ['timed_out', 'deadline', { kind: 'failed', why: 'timed_out: deadline' }],
  ['interrupted', 'worker_lost', { kind: 'failed', why: 'interrupted: worker_lost' }],
] as const)('a message whose run is %s (%s)', (state, reason, verdict) => {
  expect(verdictOf({ kind: 'settled', state, reason })).toEqual(verdict);
});

test('an attempt that is tried again failed; what this worker has no say in is done', () => {
  expect(verdictOf({ kind: 'requeued', dueAt: 0 })).toMatchObject({ kind: 'failed' });
  expect(verdictOf({ kind: 'stale' })).toEqual({ kind: 'done' });
});
