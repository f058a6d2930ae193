import { expect, test } from 'vitest';
import { readOptions, UsageError } from './options.ts';

const read = (...words: string[]) => readOptions(words, '/checkout', () => 5);

test('what is not said is ten minutes, any seed and the report beside the sources', () => {
  const report = '/checkout/test/chaos/REPORT.md';
  expect(read()).toEqual({ minutes: 10, seed: 5, report, bugs: null });
});

test('minutes, seed, report and the names of bugs are taken', () => {
  expect(read('--minutes', '0.5', '--seed', '12', '--report', '/tmp/r.md')).toEqual({
    minutes: 0.5,
    seed: 12,
    report: '/tmp/r.md',
    bugs: null,
  });
  expect(read('--bugs', 'one', 'two').bugs).toEqual(['one', 'two']);
  expect(read('--bugs').bugs).toEqual([]);
});

test.each([[['--minutes', '0']], [['--minutes', 'ten']], [['--seed', '1.5']], [['--sead', '1']], [['name']]])(
  'refuses %j',
  (words) => {
    expect(() => read(...words)).toThrow(UsageError);
  },
);
