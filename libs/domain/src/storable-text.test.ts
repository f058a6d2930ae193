import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { plainText } from './plain-text.ts';
import { storableText } from './storable-text.ts';

test.each([
  ['a\0b', 'a\ufffdb'],
  ['\ud800', '\ufffd'],
  ['\udc00\ud800', '\ufffd\ufffd'],
  ['\ud83d\ude00 😀', '😀 😀'],
  ['\u0001\t\n\u2028\uffff', '\u0001\t\n\u2028\uffff'],
  ['', ''],
])('SE-2: %j is stored as %j', (text, stored) => expect(storableText(text)).toBe(stored));

test.prop([fc.string({ unit: 'binary' })])(
  'SE-2: stored text is well-formed and keeps its length',
  (text) => {
    const stored = storableText(text);
    expect(stored).not.toContain('\0');
    expect(encodeURIComponent(stored)).toBeTypeOf('string'); // throws at a lone surrogate
    expect(stored).toHaveLength(text.length);
  },
);

test.prop([fc.array(fc.integer({ min: 0, max: 0xffff }))])(
  'SE-2: any UTF-16 at all becomes storable',
  (units) => {
    const stored = storableText(String.fromCharCode(...units));
    expect(() => encodeURIComponent(stored)).not.toThrow();
    expect(storableText(stored)).toBe(stored);
    expect(plainText(1_000).safeParse(stored).success).toBe(true);
  },
);

test('text of a document is refused instead of being changed', () => {
  expect(plainText(5).safeParse('a\0').error?.issues[0]?.message).toContain('a NUL character');
  expect(plainText(5).safeParse('\udc00').success).toBe(false);
  expect(plainText(5).safeParse('sixsix').success).toBe(false);
  expect(plainText(5).parse('a😀\n')).toBe('a😀\n');
});
