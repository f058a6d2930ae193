import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { cut, displayWidth, pad } from './display-width.ts';

test.each([
  ['plain', 5],
  ['größe', 5],
  ['o\u0308', 1],
  ['日本', 4],
  ['한국어', 6],
  ['🚀 go', 5],
  ['👩‍🚀', 2],
  ['❤️', 2],
  ['', 0],
])('%s takes %i cells', (text, cells) => {
  expect(displayWidth(text)).toBe(cells);
});

test('what is cut says so, and a wide sign is not cut in half', () => {
  expect(cut('nightly-report', 8)).toBe('nightly…');
  expect(cut('日本語', 4)).toBe('日…');
  expect(cut('short', 5)).toBe('short');
  expect(pad('日本', 6)).toBe('日本  ');
});

property.prop([fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 })])(
  'a cut text is never wider',
  (text, width) => {
    expect(displayWidth(cut(text, width))).toBeLessThanOrEqual(width);
  },
);
