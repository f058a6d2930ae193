import { expect, test } from 'vitest';
import { checkEviction } from './check-eviction.ts';

test('only noeviction keeps what is queued', () => {
  expect(checkEviction({ evictionPolicy: 'noeviction', usedBytes: 99, maxBytes: 0 })).toMatchObject({
    verdict: 'fine',
  });
  expect(checkEviction({ evictionPolicy: 'volatile-lru', usedBytes: 0, maxBytes: 0 })).toMatchObject({
    verdict: 'wrong',
  });
});

test('a memory that is nearly full is told before writes are refused', () => {
  expect(checkEviction({ evictionPolicy: 'noeviction', usedBytes: 90, maxBytes: 100 })).toMatchObject({
    verdict: 'fine',
  });
  expect(checkEviction({ evictionPolicy: 'noeviction', usedBytes: 91, maxBytes: 100 })).toMatchObject({
    verdict: 'wrong',
    says: 'Redis uses 91 % of its maxmemory',
  });
});
