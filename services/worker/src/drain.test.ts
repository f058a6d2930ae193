import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { createInHand, type HeldRun } from './in-hand.ts';
import { createSlots } from './slots.ts';

/** A worker with one message open. */
function aWorker() {
  const [slots, inHand, draining] = [createSlots(1), createInHand(), new AbortController()];
  const steps: string[] = [];
  const close = slots.of('default').open();
  draining.signal.addEventListener('abort', () => steps.push('draining'));
  const intake = { close: async (why: string) => void steps.push(`closed: ${why}`) };
  const drained = (graceMs: number) =>
    drain({ intake, slots, inHand, draining, graceMs }).then(() => steps.push('drained'));
  return { slots, inHand, steps, close, drained };
}

function aTurn(): HeldRun {
  const [stop, gated] = [new AbortController(), new AbortController()];
  return { runId: randomUUID(), attempt: 1, claimedAtMs: 0, stop, gated, hasEnded: false };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('CN-2 first no further message is fetched, then none is started; it ends with the last one', async () => {
  const { steps, close, drained } = aWorker();
  const ended = drained(60_000);
  await turn();
  expect(steps).toEqual(['closed: draining', 'draining']);
  close();
  await ended;
  expect(steps).toEqual(['closed: draining', 'draining', 'drained']);
});

test('CN-2 a turn may end by itself within the grace', async () => {
  const { inHand, close, drained } = aWorker();
  const held = aTurn();
  inHand.add(held);
  const ended = drained(60_000);
  await turn();
  expect(held.stop.signal.aborted).toBe(false);
  inHand.remove(held);
  close();
  await ended;
});

test('CN-2 after the grace turns are interrupted, and waited for until they are settled', async () => {
  const { inHand, steps, close, drained } = aWorker();
  const held = aTurn();
  inHand.add(held);
  const ended = drained(0);
  await expect.poll(() => held.stop.signal.reason).toBe('drained');
  expect(steps).not.toContain('drained');
  inHand.remove(held);
  close();
  await ended;
});

test('CN-2 a claim that is answered after the grace is waited for, and its turn interrupted', async () => {
  const { inHand, steps, close, drained } = aWorker();
  const before = aTurn();
  inHand.add(before);
  const ended = drained(0);
  await expect.poll(() => before.stop.signal.aborted).toBe(true);
  inHand.remove(before);
  await turn();
  expect(steps).not.toContain('drained');
  const claimed = aTurn();
  inHand.add(claimed);
  expect(claimed.stop.signal.reason).toBe('drained');
  inHand.remove(claimed);
  close();
  await ended;
});

test('a result that the database does not take yet is waited for, its message gone', async () => {
  const { inHand, steps, close, drained } = aWorker();
  const held = aTurn();
  inHand.add(held);
  close();
  const ended = drained(60_000);
  await turn();
  expect(steps).not.toContain('drained');
  inHand.remove(held);
  await ended;
});
