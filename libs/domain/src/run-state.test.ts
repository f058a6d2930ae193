import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import {
  initialStates,
  isSettled,
  mayBecome,
  type RunState,
  reasons,
  runStates,
  settledStates,
  transitions,
  waitingStates,
} from './run-state.ts';

/** The machine as a reader of its picture would write it down. */
const edges = [
  'queued > running',
  'queued > blocked',
  'queued > awaiting_approval',
  'queued > skipped',
  'queued > missed',
  'queued > expired',
  'queued > cancelled',
  'blocked > queued',
  'blocked > skipped',
  'blocked > missed',
  'blocked > expired',
  'blocked > cancelled',
  'awaiting_approval > queued',
  'awaiting_approval > cancelled',
  'awaiting_approval > expired',
  'running > queued',
  'running > succeeded',
  'running > failed',
  'running > timed_out',
  'running > interrupted',
  'running > cancelled',
];

test('a run may become what the picture shows, and nothing else', () => {
  const allowed = runStates.flatMap((from) =>
    runStates.filter((to) => mayBecome(from, to)).map((to) => `${from} > ${to}`),
  );
  expect(allowed.toSorted()).toEqual(edges.toSorted());
});

test('nothing leaves a settled state, and every other state can be left', () => {
  for (const state of settledStates) expect(transitions[state]).toEqual([]);
  for (const state of [...waitingStates, 'running'] as const) expect(transitions[state]).not.toEqual([]);
});

test('settled and waiting states are told apart', () => {
  expect(runStates.filter(isSettled)).toEqual([...settledStates]);
  expect(new Set(runStates).size).toBe(runStates.length);
});

test('a run begins queued, or as the record of a tick that is not run', () => {
  expect(initialStates.filter((state) => state !== 'queued' && !isSettled(state))).toEqual([]);
  expect([...initialStates]).toEqual(['queued', 'skipped', 'missed']);
});

test('every settled state but succeeded has reasons, and a reason belongs to one state', () => {
  const all = settledStates.flatMap((state) => [...reasons[state]]);
  expect(settledStates.filter((state) => reasons[state].length === 0)).toEqual(['succeeded']);
  expect(new Set(all).size).toBe(all.length);
});

test('every state can be reached from a first one, and a settled one from every other', () => {
  expect(reachable(initialStates)).toEqual(new Set(runStates));
  for (const state of runStates.filter((each) => !isSettled(each))) {
    expect([...reachable([state])].some(isSettled)).toBe(true);
  }
});

test.prop([fc.constantFrom(...initialStates), fc.array(fc.nat(), { maxLength: 40 })])(
  'a random walk ends where it is settled',
  (first, choices) => {
    let state: RunState = first;
    let settledAt: RunState | undefined = isSettled(state) ? state : undefined;
    for (const choice of choices) {
      const next: RunState | undefined = transitions[state][choice % Math.max(1, transitions[state].length)];
      if (next === undefined) break;
      expect(settledAt).toBeUndefined();
      expect(mayBecome(state, next)).toBe(true);
      state = next;
      if (isSettled(state)) settledAt = state;
    }
    if (settledAt !== undefined) expect(state).toBe(settledAt);
  },
);

function reachable(from: readonly RunState[]): Set<RunState> {
  const seen = new Set<RunState>(from);
  for (const state of seen) for (const next of transitions[state]) seen.add(next);
  return seen;
}
