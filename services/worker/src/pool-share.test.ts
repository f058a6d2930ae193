import { expect, test } from 'vitest';
import { earlyMessages, messagesFor, type PoolShare, slotsFor } from './pool-share.ts';

const aShare = (used: number, more: Partial<PoolShare> = {}): PoolShare => ({
  used,
  open: used,
  isCrowded: false,
  servedAt: 0,
  ...more,
});

test('CL-4 a pool that nobody waits beside has all free slots', () => {
  const [own, other] = [aShare(3), aShare(0)];
  expect(slotsFor(own, [own, other], 5)).toBe(5);
});

test.each([
  { free: 1, dealt: [0, 1] },
  { free: 2, dealt: [0, 2] },
  { free: 5, dealt: [1, 4] },
  { free: 6, dealt: [2, 4] },
])('CL-4 $free free slots are dealt to a crowded pool with 4 and one with 1 as $dealt', ({ free, dealt }) => {
  const shares = [aShare(4, { isCrowded: true, servedAt: 9 }), aShare(1, { isCrowded: true, servedAt: 8 })];
  expect(shares.map((share) => slotsFor(share, shares, free))).toEqual(dealt);
});

test('CL-4 of two that have as many, the one that was served longer ago comes first', () => {
  const shares = [aShare(0, { isCrowded: true, servedAt: 7 }), aShare(0, { isCrowded: true, servedAt: 6 })];
  expect(shares.map((share) => slotsFor(share, shares, 1))).toEqual([0, 1]);
});

test('CL-4 messages are those in hand, those for its slots and early ones; none more without a slot', () => {
  const share = aShare(2, { open: 3 });
  expect(messagesFor(share, 2)).toBe(4 + earlyMessages);
  expect(messagesFor({ ...share, isCrowded: true }, 2)).toBe(4);
  expect(messagesFor(share, 0)).toBe(3);
});
