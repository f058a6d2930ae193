import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createInHand, type HeldRun } from './in-hand.ts';

function aHeldRun(runId: string = randomUUID(), attempt = 1): HeldRun {
  const [stop, gated] = [new AbortController(), new AbortController()];
  return { runId, attempt, claimedAtMs: 0, stop, gated, hasEnded: false };
}

const reasonOf = ({ stop }: HeldRun): unknown => stop.signal.reason;

test('stopping ends the turns that are in hand, and no later one', () => {
  const inHand = createInHand();
  const [now, later] = [aHeldRun(), aHeldRun()];
  inHand.add(now);
  inHand.stopAll('disowned');
  inHand.add(later);
  expect([reasonOf(now), later.stop.signal.aborted]).toEqual(['disowned', false]);
});

test('CN-2 closing ends later ones too: a claim may have been under way', () => {
  const inHand = createInHand();
  const [now, later] = [aHeldRun(), aHeldRun()];
  inHand.add(now);
  inHand.close('drained');
  inHand.add(later);
  expect([now, later].map(reasonOf)).toEqual(['drained', 'drained']);
});

test('an attempt that is over does not remove the next one of the same run', () => {
  const inHand = createInHand();
  const first = aHeldRun();
  const second = aHeldRun(first.runId, 2);
  inHand.add(first);
  inHand.add(second);
  inHand.remove(first);
  expect(inHand.get(first.runId)).toBe(second);
});

test('it is empty once the last run is removed', async () => {
  const inHand = createInHand();
  await inHand.emptied();
  const runs = [aHeldRun(), aHeldRun()];
  for (const run of runs) inHand.add(run);
  let isEmpty = false;
  const emptied = inHand.emptied().then(() => {
    isEmpty = true;
  });
  for (const run of runs) {
    expect(isEmpty).toBe(false);
    inHand.remove(run);
    await Promise.resolve();
  }
  await emptied;
  expect(inHand.all()).toEqual([]);
});
