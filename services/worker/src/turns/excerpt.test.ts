import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createExcerpt } from './excerpt.ts';

const limitBytes = 200;

function excerptOf(...writes: readonly (string | Buffer)[]) {
  const excerpt = createExcerpt(limitBytes);
  const chunks = writes.map((write) => Buffer.from(write));
  for (const chunk of chunks) {
    excerpt.write(chunk);
  }
  return excerpt.read(Buffer.concat(chunks).length, false);
}

describe('an excerpt', () => {
  test('of nothing is empty, of little is whole', () => {
    expect(excerptOf()).toEqual({ text: '', bytes: 0, truncated: false });
    expect(excerptOf('one\n', 'two\n')).toEqual({ text: 'one\ntwo\n', bytes: 8, truncated: false });
    expect(excerptOf('x'.repeat(limitBytes)).truncated).toBe(false);
  });

  test('of much is its head and its tail, with a line between them', () => {
    const { text, bytes, truncated } = excerptOf('first ', 'x'.repeat(1000), ' last');
    expect(text).toMatch(/^first x+\n\[… the middle is left out …\]\nx+ last$/);
    expect({ bytes, truncated }).toEqual({ bytes: 1011, truncated: true });
  });

  test('decodes leniently: what is not UTF-8 becomes U+FFFD', () => {
    expect(excerptOf(Buffer.from([0x61, 0xff, 0x62])).text).toBe('a\ufffdb');
    expect(excerptOf(Buffer.from([0xc3]), Buffer.from([0xbc])).text).toBe('ü');
  });

  test('says that it was cut where the rest never came', () => {
    const excerpt = createExcerpt(limitBytes);
    excerpt.write(Buffer.from('seen'));
    expect(excerpt.read(5000, true)).toEqual({ text: 'seen', bytes: 5000, truncated: true });
  });

  test.prop([fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 30 })])(
    'never exceeds its limit, never cuts a code point, and does not depend on the writes',
    (writes) => {
      const bytes = Buffer.from(Buffer.from(writes.join('')).toString().replaceAll('\ufffd', ''));
      const whole = excerptOf(bytes);
      expect(excerptOf(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
      expect(Buffer.byteLength(whole.text)).toBeLessThanOrEqual(limitBytes);
      expect(whole.text).not.toContain('\ufffd');
      expect(whole.truncated).toBe(bytes.length > limitBytes);
    },
  );

  test.prop([fc.uint8Array({ maxLength: 1000 })])('of any bytes stays within its limit', (bytes) => {
    expect(Buffer.byteLength(excerptOf(Buffer.from(bytes)).text)).toBeLessThanOrEqual(limitBytes);
  });
});
