import { expect, test } from 'vitest';
import { plain, printable } from './printable.ts';

test('text of others cannot steer the terminal', () => {
  expect(printable('a\u001b[31mred\u0007\r\nb\tc\u202ed')).toBe('a�[31mred�\nb\tc�d');
  expect(plain('two\nlines\u001b[2J')).toBe('two lines�[2J');
});
