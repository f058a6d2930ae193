import { expect, test } from 'vitest';
import { readOptions, UsageError } from './options.ts';

const read = (...words: string[]) => readOptions(words, ['herd', 'scaling'], '/checkout');

test('without words all is measured, and nothing is written', () => {
  expect(read()).toEqual({ only: [], rounds: null, isQuick: false, json: null });
});

test('scenarios are named with --only or without it', () => {
  expect(read('--only', 'herd,scaling').only).toEqual(['herd', 'scaling']);
  expect(read('scaling', '--quick', '--rounds', '2', '--json', 'out.json')).toEqual({
    only: ['scaling'],
    rounds: 2,
    isQuick: true,
    json: '/checkout/out.json',
  });
});

test.each([
  [['--only', 'flock'], 'there is no scenario "flock": there are herd, scaling'],
  [['--rounds', 'many'], '--rounds "many" is no whole number from 1 to 50'],
  [['--rounds', '0'], '--rounds "0" is no whole number from 1 to 50'],
  [['--slow'], "Unknown option '--slow'"],
])('%j is refused', (words, message) => {
  expect(() => read(...words)).toThrow(UsageError);
  expect(() => read(...words)).toThrow(message);
});
