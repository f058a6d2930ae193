import { expect, test } from 'vitest';
import { parseSize, sizeText } from './size.ts';

test.each([
  ['0B', 0],
  ['1000B', 1_000],
  ['64KiB', 65_536],
  ['8MiB', 8_388_608],
  ['2GiB', 2_147_483_648],
])('%s is %i bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

test.each(['', '8', '8MB', '8 MiB', '-1B', '1.5KiB', '8mib', 'MiB', '8MiB '])('"%s" is no size', (text) => {
  expect(parseSize(text)).toBeUndefined();
});

test('both bounds are allowed, and named where they are left', () => {
  const schema = sizeText(1_000, 1_024 ** 2);
  expect(schema.parse('1000B')).toBe('1000B');
  expect(schema.parse('1MiB')).toBe('1MiB');
  const messageOf = (text: string) => schema.safeParse(text).error?.issues[0]?.message;
  expect(messageOf('999B')).toBe('999B is out of range: 1000B to 1MiB are allowed');
  expect(messageOf('2MiB')).toBe('2MiB is out of range: 1000B to 1MiB are allowed');
  expect(messageOf('big')).toBe('"big" is not a size: write 64KiB or 8MiB');
});
