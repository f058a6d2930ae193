import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { maxTriggerDepth, triggerConditions } from './after.ts';
import { joinKey } from './key.ts';
import { reasons, settledStates } from './run-state.ts';
import { type ChildJob, fires, joinedChild, triggeredChildren } from './triggered-children.ts';

const now = Date.parse('2027-01-01T12:00:00Z');
const parent = { id: 'parent-run', rootId: 'root-run', depth: 0 };
const child: ChildJob = { jobId: 'child', revision: 3, enabled: true, on: 'success', delayMs: 0 };

test.each([
  ['success', ['succeeded']],
  ['failure', ['failed', 'timed_out', 'interrupted']],
  ['complete', ['succeeded', 'failed', 'timed_out', 'interrupted']],
] as const)('%s is %j', (on, states) => {
  expect(settledStates.filter((state) => fires(on, state))).toEqual(states);
});

test('ID-1: a child run is known by its parent run, so that it fires once', () => {
  expect(triggeredChildren(parent, 'succeeded', [{ ...child, delayMs: 10_000 }], now)).toEqual([
    {
      jobId: 'child',
      revision: 3,
      key: 'parent-run',
      parentId: 'parent-run',
      rootId: 'root-run',
      depth: 1,
      dueAt: now + 10_000,
      state: 'queued',
      reason: null,
    },
  ]);
});

const ending = (runId: string, rootId = 'root', depth = 0) => ({ parentJobId: runId, runId, rootId, depth });

test('ID-1: a joined run is known by the set of its parent runs, and goes on under their root', () => {
  const [one, other] = [ending('one', 'root', 3), ending('other')];
  const rows = [
    joinedChild(child, { endings: [one, other], last: one }, now),
    joinedChild(child, { endings: [other, one], last: other }, now),
  ].flat();
  expect(rows).toMatchObject([
    {
      key: joinKey(['one', 'other']),
      parentId: 'one',
      parentIds: ['one', 'other'],
      rootId: 'root',
      depth: 4,
    },
    { key: joinKey(['one', 'other']), parentId: 'other', rootId: 'root', depth: 4 },
  ]);
  expect(joinKey(['one', 'other'])).not.toBe(joinKey(['one', 'another']));
});

test('parents without a common root begin a chain of their own', () => {
  const [one, other] = [ending('one', 'a', 2), ending('other', 'b', 9)];
  expect(joinedChild(child, { endings: [one, other], last: other }, now)).toMatchObject([
    { rootId: null, depth: 10, state: 'queued' },
  ]);
  const disabled = joinedChild({ ...child, enabled: false }, { endings: [one, other], last: other }, now);
  expect(disabled).toMatchObject([{ state: 'skipped', reason: 'disabled' }]);
  const deep = ending('deep', 'a', maxTriggerDepth);
  expect(joinedChild(child, { endings: [one, deep], last: deep }, now)).toEqual([]);
});

test('a disabled child has its row, and does not run', () => {
  const [row] = triggeredChildren(parent, 'succeeded', [{ ...child, enabled: false }], now);
  expect(row).toMatchObject({ state: 'skipped', reason: 'disabled' });
  expect(reasons.skipped).toContain(row?.reason);
});

test('AD-5 a child of a paused job has its row; one with a delay is asked when it is due', () => {
  const pause = { at: now - 1, until: null };
  const rows = [
    { ...child, pause },
    { ...child, pause, delayMs: 1 },
    { ...child, pause: { at: 0, until: now } },
  ];
  expect(
    triggeredChildren(parent, 'succeeded', rows, now).map(({ state, reason }) => reason ?? state),
  ).toEqual(['paused', 'queued', 'queued']);
});

test('each child has its own rule', () => {
  const children = triggerConditions.map((on) => ({ ...child, jobId: on, on }));
  const jobsAfter = (state: (typeof settledStates)[number]) =>
    triggeredChildren(parent, state, children, now).map(({ jobId }) => jobId);
  expect(jobsAfter('succeeded')).toEqual(['success', 'complete']);
  expect(jobsAfter('timed_out')).toEqual(['failure', 'complete']);
  for (const state of ['cancelled', 'skipped', 'missed', 'expired'] as const)
    expect(jobsAfter(state)).toEqual([]);
});

test('ED-5: the tenth trigger fires, an eleventh does not', () => {
  const rowsAt = (depth: number) => triggeredChildren({ ...parent, depth }, 'succeeded', [child], now);
  expect(rowsAt(maxTriggerDepth - 1)).toMatchObject([{ depth: 10 }]);
  expect(rowsAt(maxTriggerDepth)).toEqual([]);
});

test.prop([fc.constantFrom(...settledStates), fc.constantFrom(...triggerConditions), fc.nat({ max: 50 })])(
  'ED-5: a cycle that slipped in ends',
  (state, on, depth) => {
    let runs = triggeredChildren({ ...parent, depth }, state, [{ ...child, on }], now);
    for (let generation = 0; runs.length > 0; generation++) {
      expect(generation).toBeLessThan(maxTriggerDepth);
      runs = runs.flatMap((run) =>
        triggeredChildren(
          { id: 'next', rootId: 'root-run', depth: run.depth },
          state,
          [{ ...child, on }],
          now,
        ),
      );
    }
  },
);
