import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createSecretMask } from './secret-mask.ts';

function masked(secrets: readonly string[], ...writes: readonly (string | Buffer)[]): string {
  const mask = createSecretMask(secrets);
  return Buffer.concat([...writes.map((write) => mask.push(Buffer.from(write))), mask.flush()]).toString();
}

describe('secrets in output', () => {
  test('are hidden within one write and across two', () => {
    expect(masked(['hunter22'], 'a hunter22 b')).toBe('a *** b');
    expect(masked(['hunter22'], 'a hun', 'ter2', '2 b')).toBe('a *** b');
  });

  test('are hidden in full where they overlap, each with the other and with itself', () => {
    expect(masked(['abcd', 'cdef'], 'xabcdefx')).toBe('x***x');
    expect(masked(['aba'], 'xababax')).toBe('x***x');
    expect(masked(['token', 'token-long'], 'token-long token')).toBe('*** ***');
    expect(masked(['abc', 'xabcd'], 'xabc', 'e')).toBe('x***e');
  });

  test('that stand side by side stay two', () => {
    expect(masked(['abcd'], 'abcdabcd')).toBe('******');
  });

  test('hold nothing back that cannot become a secret', () => {
    const mask = createSecretMask(['a-very-long-secret']);
    expect(mask.push(Buffer.from('progress 10%')).toString()).toBe('progress 10%');
    expect(mask.push(Buffer.from('done a-very')).toString()).toBe('done ');
    expect(mask.flush().toString()).toBe('a-very');
  });

  test('may be any text, of one byte or many, and leave other bytes alone', () => {
    expect(masked(['ü', 'zwei\nZeilen'], 'für zwei\nZeilen')).toBe('f***r ***');
    const mask = createSecretMask(['key']);
    expect(mask.push(Buffer.from([0xff, 0x00, 0xc3]))).toEqual(Buffer.from([0xff, 0x00, 0xc3]));
  });

  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 });
  test.prop([fc.array(letters, { maxLength: 4 }), fc.array(letters, { maxLength: 20 })])(
    'come out the same however the stream is cut',
    (secrets, writes) => {
      const whole = masked(secrets, writes.join(''));
      expect(masked(secrets, ...writes)).toBe(whole);
      expect(masked(secrets, ...writes.join(''))).toBe(whole);
    },
  );

  test.prop([fc.array(letters, { minLength: 1, maxLength: 4 }), fc.array(letters, { maxLength: 20 })])(
    'leave exactly the bytes that no occurrence covers',
    (secrets, writes) => {
      const text = writes.join('');
      const open = [...text].filter((_, at) => !secrets.some((secret) => covers(text, secret, at)));
      expect(masked(secrets, ...writes).replaceAll('*', '')).toBe(open.join(''));
    },
  );
});

function covers(text: string, secret: string, at: number): boolean {
  for (let start = Math.max(0, at - secret.length + 1); start <= at; start += 1) {
    if (text.startsWith(secret, start)) {
      return true;
    }
  }
  return false;
}
