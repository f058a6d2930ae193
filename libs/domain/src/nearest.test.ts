import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { nearest } from './nearest.ts';

const fields = ['id', 'name', 'enabled', 'overlap', 'pool', 'schedule', 'turn', 'retry', 'delay', 'timeout'];

test.each([
  ['schedul', 'schedule'],
  ['dealy', 'delay'],
  ['shedule', 'schedule'],
  ['Timeout', 'timeout'],
  ['tmieout', 'timeout'],
  ['enable', 'enabled'],
  ['nam', 'name'],
  ['ids', 'id'],
])('%s probably means %s', (word, meant) => expect(nearest(word, fields)).toBe(meant));

test.each(['foo', 'x', '', 'concurrency', 'command', 'cwd'])('%s means nothing that is known', (word) => {
  expect(nearest(word, fields)).toBeUndefined();
});

test('the nearest of several near words is proposed, the first of equally near ones', () => {
  expect(nearest('at-least-onc', ['at-most-once', 'at-least-once'])).toBe('at-least-once');
  expect(nearest('bat', ['cat', 'hat'])).toBe('cat');
  expect(nearest('anything', [])).toBeUndefined();
});

test.prop([fc.string({ minLength: 3 }), fc.array(fc.string())])(
  'a known word means itself, whatever else is known',
  (word, others) => {
    expect(nearest(word, [...others, word])?.toLowerCase()).toBe(word.toLowerCase());
  },
);

test.prop([fc.string({ minLength: 4 }), fc.nat()])('one letter too few is forgiven', (word, at) => {
  const index = at % word.length;
  expect(nearest(word.slice(0, index) + word.slice(index + 1), [word])).toBe(word);
});
