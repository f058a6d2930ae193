import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { FREE_WINDOW_MS, MAX_RESTART_DELAY_MS, restartDelay } from './restart-delay.ts';

const times = (count: number, apartMs: number) =>
  Array.from({ length: count }, (_, index) => index * apartMs);

test('the first five deaths in a minute cost nothing', () => {
  expect([1, 2, 3, 4, 5].map((count) => restartDelay(times(count, 100)))).toEqual([0, 0, 0, 0, 0]);
});

test('further ones wait twice as long each time, up to 30 s', () => {
  expect([6, 7, 8, 9, 10, 11, 50].map((count) => restartDelay(times(count, 100)))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
});

test('the waits themselves do not buy new free restarts', () => {
  expect(restartDelay(times(20, MAX_RESTART_DELAY_MS))).toBe(MAX_RESTART_DELAY_MS);
});

test.prop([fc.array(fc.nat(100_000))])('a quiet minute forgives everything', (gaps) => {
  let atMs = 0;
  const deaths = gaps.map((gap) => {
    atMs += gap;
    return atMs;
  });
  expect(restartDelay([...deaths, atMs + FREE_WINDOW_MS + 1])).toBe(0);
});
