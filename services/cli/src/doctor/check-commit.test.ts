import { expect, test } from 'vitest';
import { checkCommit } from './check-commit.ts';

test.each([
  ['on', true, 'fine'],
  ['remote_apply', true, 'fine'],
  ['local', true, 'fine'],
  ['off', true, 'wrong'],
  ['on', false, 'wrong'],
])('synchronous_commit %s with fsync %s is %s', (synchronousCommit, fsync, verdict) => {
  expect(checkCommit({ synchronousCommit, fsync })).toMatchObject({ verdict });
});

test('of both, neither hides the other', () => {
  const { says } = checkCommit({ synchronousCommit: 'off', fsync: false });
  expect(says).toContain('fsync and synchronous_commit are off');
});
