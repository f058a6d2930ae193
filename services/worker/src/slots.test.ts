import { afterEach, expect, test, vi } from 'vitest';
import { earlyMessages } from './pool-share.ts';
import { createSlots, type PoolSlots } from './slots.ts';

afterEach(() => void vi.useRealTimers());

/** A pool's consumer: what it was told, and whether it was asked to look. */
function consumerOf(slots: PoolSlots) {
  const told: number[] = [];
  let looks = 0;
  slots.announceTo({
    setConcurrency: (messages) => told.push(messages),
    look: () => {
      looks += 1;
    },
  });
  return { concurrency: () => told.at(-1), looks: () => looks };
}

function someSlots(total: number) {
  const all = createSlots(total);
  const slots = all.of('default');
  return { slots, all, ...consumerOf(slots) };
}

test('CL-4 while a slot is free, early messages are fetched besides those for the slots', () => {
  const { slots, concurrency } = someSlots(2);
  expect(concurrency()).toBe(2 + earlyMessages);
  slots.open();
  slots.take();
  expect(concurrency()).toBe(2 + earlyMessages);
});

test('CL-4 while none is free no further message is fetched, and each that goes is not replaced', () => {
  const { slots, concurrency } = someSlots(1);
  const [close] = [slots.open(), slots.open(), slots.open()];
  const release = slots.take();
  expect(concurrency()).toBe(3);
  close?.();
  expect(concurrency()).toBe(2);
  release?.();
  expect(concurrency()).toBe(1 + earlyMessages);
});

test('a slot is taken once, and given back once however often that is said', () => {
  const { slots, all } = someSlots(1);
  const release = slots.take();
  expect([all.used(), slots.take()]).toEqual([1, null]);
  release?.();
  release?.();
  expect(all.used()).toBe(0);
  expect(slots.take()).not.toBeNull();
  release?.();
  expect(all.used()).toBe(1);
});

test('CL-4 after a due message found no slot, none is fetched early until one comes early again', () => {
  const { slots, concurrency } = someSlots(2);
  const releases = [slots.take(), slots.take()];
  expect(slots.take()).toBeNull();
  releases[0]?.();
  expect(concurrency()).toBe(2);
  slots.noteEarly();
  expect(concurrency()).toBe(2 + earlyMessages);
});

test('CL-4 a herd does not churn: each slot that comes free fetches one message, not twenty', () => {
  const { slots, concurrency } = someSlots(2);
  let waiting = 1_000;
  let fetches = 0;
  let done = 0;
  const open: { close: () => void; release: (() => void) | null }[] = [];
  while (done < 1_000) {
    while (waiting > 0 && open.length < (concurrency() ?? 0)) {
      fetches += 1;
      waiting -= 1;
      const close = slots.open();
      open.push({ close, release: slots.take() });
    }
    for (const message of open.splice(0)) {
      if (message.release === null) waiting += 1;
      else done += 1;
      message.release?.();
      message.close();
    }
  }
  expect(fetches).toBeLessThan(1_000 + 2 * earlyMessages);
});

test('HO-1 lateness tells of the queue only while a slot waits for messages', () => {
  const { slots } = someSlots(1);
  expect(slots.isWaiting()).toBe(true);
  const release = slots.take();
  expect(slots.isWaiting()).toBe(false);
  slots.take();
  release?.();
  expect(slots.isWaiting()).toBe(false);
  slots.noteEarly();
  expect(slots.isWaiting()).toBe(true);
});

test('it is empty once the last message is done with, of whatever pool', async () => {
  const all = createSlots(1);
  await all.emptied();
  const [first, second] = [all.of('a').open(), all.of('b').open()];
  let isEmpty = false;
  const emptied = all.emptied().then(() => {
    isEmpty = true;
  });
  first();
  first();
  await Promise.resolve();
  expect(isEmpty).toBe(false);
  second();
  await emptied;
});

function twoPools(total: number) {
  const all = createSlots(total);
  const [a, b] = [all.of('a'), all.of('b')];
  const fetched = (pool: PoolSlots) => ({ close: pool.open(), release: pool.take() });
  return { all, a: { ...a, ...consumerOf(a) }, b: { ...b, ...consumerOf(b) }, fetched };
}

test('CL-4 a pool without open messages fetches none while the slots are another pool’s, and looks once one is free', () => {
  const { a, b, fetched } = twoPools(1);
  const { close, release } = fetched(a);
  expect([a.concurrency(), b.concurrency()]).toEqual([1, 0]);
  const before = [a.looks(), b.looks()];
  release?.();
  close();
  expect([a.concurrency(), b.concurrency()]).toEqual([1 + earlyMessages, 1 + earlyMessages]);
  expect([a.looks() - (before[0] ?? 0), b.looks() - (before[1] ?? 0)], 'a looks by itself').toEqual([0, 1]);
});

test('CL-4 a slot that comes free is the pool’s that found none and has the fewest', () => {
  const { a, b, fetched } = twoPools(2);
  const [first, second] = [fetched(a), fetched(a)];
  const refused = fetched(b);
  expect(refused.release).toBeNull();
  refused.close();
  first.release?.();
  first.close();
  expect([a.concurrency(), b.concurrency()], 'a is not to fetch another one').toEqual([1, 1]);
  expect(a.take()).toBeNull();
  expect(fetched(b).release).not.toBeNull();
  second.release?.();
  second.close();
  expect(b.take(), 'a wants it too, and has none').toBeNull();
  expect(a.take()).not.toBeNull();
});

test('CL-4 two pools with backlogs take one slot by turns', () => {
  const { a, b } = twoPools(1);
  const order: string[] = [];
  let held = a.take();
  for (let turn = 0; turn < 6; turn++) {
    for (const pool of [a, b]) expect(pool.take()).toBeNull();
    held?.();
    for (const [name, pool] of [
      ['a', a],
      ['b', b],
    ] as const) {
      const release = pool.take();
      if (release === null) continue;
      order.push(name);
      held = release;
    }
  }
  expect(order).toEqual(['b', 'a', 'b', 'a', 'b', 'a']);
});

test('CL-4 a slot is not left for long to a pool whose messages others have', () => {
  vi.useFakeTimers();
  const { a, b } = twoPools(2);
  const [release] = [a.take(), a.take()];
  expect(b.take()).toBeNull();
  release?.();
  expect(a.concurrency()).toBe(0);
  vi.advanceTimersByTime(99);
  expect(a.take()).toBeNull();
  vi.advanceTimersByTime(101);
  expect(a.take()).not.toBeNull();
});
