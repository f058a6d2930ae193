import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { type Cause, causes, clientKeyPattern, idempotencyKey, tickKey } from './key.ts';

const tick = {
  jobId: '0197c3e2-7d4e-7f00-8000-000000000001',
  cause: 'schedule',
  key: tickKey(1_800_000_000_000),
} as const;

test('ID-1: the key of an identity is the same for ever', () => {
  // printf '0197c3e2-7d4e-7f00-8000-000000000001\nschedule\n1800000000000' | sha256sum | head -c 32
  expect(idempotencyKey(tick)).toBe('b8539e6ab95a92bfd88cbbdc408d2a4d');
});

const identity = fc.record({
  jobId: fc.uuid(),
  cause: fc.constantFrom<Cause>(...causes),
  key: fc.stringMatching(clientKeyPattern),
});

test.prop([identity])('ID-1: a key is 32 hex digits', (run) => {
  expect(idempotencyKey(run)).toMatch(/^[0-9a-f]{32}$/);
});

test.prop([identity, identity])('ID-1: runs that differ in any part have different keys', (left, right) => {
  const mixed = [
    left,
    right,
    { ...left, jobId: right.jobId },
    { ...left, cause: right.cause },
    { ...left, key: right.key },
  ];
  const identities = new Set(mixed.map(({ jobId, cause, key }) => JSON.stringify([jobId, cause, key])));
  expect(new Set(mixed.map(idempotencyKey)).size).toBe(identities.size);
});

test.each([
  ['order 17/a~', true],
  ['x'.repeat(200), true],
  ['', false],
  ['x'.repeat(201), false],
  ['a\nb', false],
  ['a\0', false],
  ['é', false],
])('ID-1: %j may be the key of a client: %s', (key, allowed) => {
  expect(clientKeyPattern.test(key)).toBe(allowed);
});
