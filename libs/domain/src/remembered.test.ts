import { expect, test } from 'vitest';
import { remembered } from './remembered.ts';

test('computes once for the same arguments', () => {
  const asked: string[] = [];
  const compute = remembered(2, (text: string, count: number) => {
    asked.push(`${text}${count}`);
    return { text };
  });
  expect(compute('a', 1)).toBe(compute('a', 1));
  compute('a', 2);
  expect(asked).toEqual(['a1', 'a2']);
});

test('forgets the oldest result when it is full', () => {
  const asked: string[] = [];
  const compute = remembered(2, (text: string) => asked.push(text));
  for (const text of ['a', 'b', 'c', 'b', 'a']) compute(text);
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
});

test('remembers no failure', () => {
  let isBroken = true;
  const compute = remembered(2, (text: string) => {
    if (isBroken) throw new Error('broken');
    return text;
  });
  expect(() => compute('a')).toThrow('broken');
  isBroken = false;
  expect(compute('a')).toBe('a');
});
