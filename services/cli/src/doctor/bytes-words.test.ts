import { expect, test } from 'vitest';
import { bytesWords } from './bytes-words.ts';

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [1_024, '1.0 KiB'],
  [150 * 1_024, '150 KiB'],
  [3.4 * 1_024 ** 3, '3.4 GiB'],
  [5_000 * 1_024 ** 4, '5000 TiB'],
])('%d bytes are %s', (bytes, words) => {
  expect(bytesWords(bytes)).toBe(words);
});
