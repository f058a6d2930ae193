import { expect, test } from 'vitest';
import { createSlots, earlyMessages } from './slots.ts';

function someSlots(total: number) {
  const slots = createSlots(total);
  const told: number[] = [];
  slots.announceTo((messages) => told.push(messages));
  return { slots, told, concurrency: () => told.at(-1) };
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
  const { slots } = someSlots(1);
  const release = slots.take();
  expect([slots.used(), slots.take()]).toEqual([1, null]);
  release?.();
  release?.();
  expect(slots.used()).toBe(0);
  expect(slots.take()).not.toBeNull();
  release?.();
  expect(slots.used()).toBe(1);
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

test('it is empty once the last message is done with', async () => {
  const { slots } = someSlots(1);
  await slots.emptied();
  const [first, second] = [slots.open(), slots.open()];
  let isEmpty = false;
  const emptied = slots.emptied().then(() => {
    isEmpty = true;
  });
  first();
  first();
  await Promise.resolve();
  expect(isEmpty).toBe(false);
  second();
  await emptied;
});
