import { expect, test } from 'vitest';
import { turnFrom } from './turn-from.ts';

test.each([
  [['make', 'report'], { argv: ['make', 'report'] }],
  [['echo', 'a b', '$HOME'], { argv: ['echo', 'a b', '$HOME'] }],
  [['/usr/bin/true'], { argv: ['/usr/bin/true'] }],
  [['make report && mail'], { shell: 'make report && mail' }],
  [['ls|wc'], { shell: 'ls|wc' }],
  [['$TOOL'], { shell: '$TOOL' }],
])('%j is %j', (words, turn) => {
  expect(turnFrom(words)).toEqual(turn);
});
