import { expect, test } from 'vitest';
import { createGivenUpClaims } from './given-up-claims.ts';

test('CL-3 tokens that were given up are remembered, and no more than the newest of them', () => {
  const givenUp = createGivenUpClaims(2);
  for (const token of ['a', 'b', 'b', 'c']) givenUp.add(token);
  expect(['a', 'b', 'c'].map(givenUp.has)).toEqual([false, true, true]);
});
