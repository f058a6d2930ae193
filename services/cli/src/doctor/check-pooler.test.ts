import { expect, test } from 'vitest';
import { checkPooler } from './check-pooler.ts';

test('TX-5 a bound that is not in force is named, as it is and as it should be', () => {
  const refusedBounds = [{ name: 'lock_timeout', wantedMs: 2_000, actualMs: 0 }];
  expect(checkPooler({ isPooled: false, refusedBounds })).toMatchObject({
    verdict: 'wrong',
    says: 'lock_timeout is 0 ms instead of 2000 ms, as behind a pooler',
  });
});

test('LV-3 a pooler is wrong though it passes all settings on', () => {
  expect(checkPooler({ isPooled: true, refusedBounds: [] })).toMatchObject({ verdict: 'wrong' });
  expect(checkPooler({ isPooled: false, refusedBounds: [] })).toMatchObject({ verdict: 'fine' });
});
