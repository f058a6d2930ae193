import { expect, test } from 'vitest';
import { createRoom } from './room.ts';

function roomAt(clock: { now: number }) {
  const pauses: number[] = [];
  const intake = { closeFor: (_: string, ms: number) => pauses.push(ms) };
  return { pauses, room: createRoom(intake as never, () => clock.now) };
}

test('CL-3 turns that lack room together make one pause, and each further one is twice as long, up to a bound', () => {
  const clock = { now: 0 };
  const { room, pauses } = roomAt(clock);
  for (let round = 0; round < 7; round++) {
    for (let turn = 0; turn < 10; turn++) room.lacking();
    clock.now += pauses.at(-1) ?? 0;
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test('a turn that has begun makes the next pause short again', () => {
  const clock = { now: 0 };
  const { room, pauses } = roomAt(clock);
  room.lacking();
  clock.now = 1_000;
  room.found();
  room.lacking();
  expect(pauses).toEqual([1_000, 1_000]);
});
