import { expect, test } from 'vitest';
import { eventSchema, eventTypes, maxEventBytes, runEventTypes } from './event.ts';
import { initialStates, settledStates } from './run-state.ts';

const id = '0197c3e2-7d4e-7f00-8000-000000000001';
const at = '2027-01-01T12:00:00.000Z';
const run = {
  run: id,
  job: 'j'.repeat(64),
  jobId: id,
  cause: 'schedule',
  key: 'k'.repeat(200),
  tickAt: at,
  tickUntil: at,
  tickCount: 2 ** 31,
  dueAt: at,
  startedAt: at,
  settledAt: at,
  state: 'missed',
  reason: 'unstorable_output',
  attempt: 100,
  failures: 100,
  losses: 100,
  revision: 1_000_000,
  version: 1_000_000,
  worker: id,
  parent: id,
};
const missed = { id: `${id}.1`, type: 'run.missed', entity: 'run', at, data: run };

test('every state in which a run can begin or end is told', () => {
  const told: readonly string[] = runEventTypes;
  for (const state of [...initialStates, ...settledStates]) expect(told).toContain(`run.${state}`);
  expect(new Set(eventTypes).size).toBe(eventTypes.length);
});

test('EV-1: a fact with everything in it is far below the largest payload', () => {
  expect(eventSchema.parse(missed)).toEqual(missed);
  expect(JSON.stringify(missed).length).toBeLessThan(maxEventBytes / 4);
});

test.each([
  { ...missed, type: 'run.vanished' },
  { ...missed, type: 'job.changed' },
  { ...missed, entity: 'worker' },
  { ...missed, data: { ...run, state: 'lost' } },
  { ...missed, data: { ...run, dueAt: 'noon' } },
  { ...missed, data: { ...run, tickAt: undefined } },
])('%j is no event', (event) => expect(eventSchema.safeParse(event).success).toBe(false));

test('a job tells who changed what', () => {
  const data = {
    job: 'a',
    jobId: id,
    version: 2,
    revision: 2,
    oldRevision: 1,
    enabled: true,
    actor: 'admin',
  };
  const changed = { id: `${id}.2`, type: 'job.changed', entity: 'job', at, data };
  expect(eventSchema.parse(changed)).toEqual(changed);
  expect(eventSchema.safeParse({ ...changed, data: { ...data, actor: undefined } }).success).toBe(false);
});
