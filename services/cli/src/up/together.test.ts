import { expect, test } from 'vitest';
import { together } from './together.ts';

const never = new AbortController().signal;

test('values come in the order of the works', async () => {
  expect(await together(never, [async () => 1, async () => 2])).toEqual([1, 2]);
});

test('the first error is thrown, but only when the others have heard of it and ended', async () => {
  let ended = false;
  const patient = async (signal: AbortSignal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await Promise.resolve();
    ended = true;
    throw new Error('given up');
  };
  const works = [patient, () => Promise.reject(new Error('no redis'))];
  await expect(together(never, works)).rejects.toThrow('no redis');
  expect(ended).toBe(true);
});
