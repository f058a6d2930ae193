import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import {
  type AttemptOutput,
  type Condition,
  conditionHolds,
  conditionSchema,
  maxConditionLength,
  resolveCondition,
} from './condition.ts';

const contains = (text: string): Condition => ({ kind: 'contains', text });
const matches = (text: string): Condition => ({ kind: 'matches', text });

function faultsOf(when: unknown): string[] {
  const result = conditionSchema.safeParse(when);
  return result.success ? [] : result.error.issues.map(({ path, message }) => [...path, message].join(': '));
}

test.each<[Condition, AttemptOutput, boolean]>([
  [contains('ERROR'), { stdout: 'an ERROR occurred', stderr: '' }, true],
  [contains('ERROR'), { stdout: '', stderr: 'ERROR' }, true],
  [contains('ERROR'), { stdout: 'an error occurred', stderr: 'ER\nROR' }, false],
  [contains('e.r'), { stdout: 'error', stderr: '' }, false],
  [contains('ab'), { stdout: 'a', stderr: 'b' }, false],
  [matches('e.r+o'), { stdout: '', stderr: 'an error' }, true],
  [matches('(?i)error'), { stdout: 'ERROR', stderr: '' }, true],
  [matches('^done$'), { stdout: 'done', stderr: 'more' }, true],
  [matches('^done$'), { stdout: 'is\ndone\n', stderr: '' }, false],
  [matches('(?m)^done$'), { stdout: 'is\ndone\n', stderr: '' }, true],
  [matches('a\\s*b'), { stdout: 'a', stderr: 'b' }, false],
  [matches('\\p{L}+ \\d{2}'), { stdout: 'größe 42', stderr: '' }, true],
])('%j of %j: %s', (condition, output, holds) => expect(conditionHolds(condition, output)).toBe(holds));

test('a condition is one text or one pattern', () => {
  expect(resolveCondition(undefined)).toBeNull();
  expect(resolveCondition({ contains: 'a' })).toEqual(contains('a'));
  expect(resolveCondition({ matches: 'a+' })).toEqual(matches('a+'));
  for (const when of [{}, { contains: 'a', matches: 'a' }]) {
    expect(faultsOf(when)).toEqual(['exactly one of "contains" and "matches" is needed']);
  }
});

test.each([
  ['a(b', 'matches: no pattern in RE2 syntax: missing closing ): "a(b" at character 1'],
  ['x[z-a]', 'matches: no pattern in RE2 syntax: invalid character class range: "z-a" at character 3'],
  ['(a)\\1', 'matches: no pattern in RE2 syntax: invalid escape sequence: "\\\\1" at character 4'],
  ['a(?=b)', 'matches: no pattern in RE2 syntax: invalid or unsupported Perl syntax: "(?=" at character 2'],
  [
    'x{900}',
    'matches: the pattern makes a program of 902 instructions: at most 80 are allowed: shorten its repetitions',
  ],
])('the pattern %s is refused at the door, with its place', (text, fault) => {
  expect(faultsOf({ matches: text })).toEqual([fault]);
});

test('patterns and texts are bounded, and never empty', () => {
  for (const key of ['contains', 'matches']) {
    expect(faultsOf({ [key]: 'a'.repeat(maxConditionLength + 1) })).not.toEqual([]);
    expect(faultsOf({ [key]: '' })).not.toEqual([]);
    expect(faultsOf({ [key]: 'a\0' })).not.toEqual([]);
  }
  expect(faultsOf({ contains: 'a'.repeat(maxConditionLength) })).toEqual([]);
});

const words = fc.stringMatching(/^[ab.c]{0,12}$/);

test.prop([words, words, words])('contains is what String.includes says', (text, stdout, stderr) => {
  expect(conditionHolds(contains(text), { stdout, stderr })).toBe(
    stdout.includes(text) || stderr.includes(text),
  );
});

const simplePatterns = fc
  .array(fc.constantFrom('a', 'b', '.', 'a*', 'b+', '(?:ab)?', '[ab]', '$', '^'), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

test.prop([simplePatterns, words])('matches is what patterns of the language find', (text, stdout) => {
  expect(conditionHolds(matches(text), { stdout, stderr: 'c' })).toBe(
    [stdout, 'c'].some((output) => new RegExp(text, 'u').test(output)),
  );
});
