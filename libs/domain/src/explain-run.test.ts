import { expect, test } from 'vitest';
import { explainRun, type RunFacts } from './explain-run.ts';

const now = Date.parse('2027-01-01T12:00:00Z');
const facts: RunFacts = {
  state: 'queued',
  reason: null,
  cause: 'schedule',
  dueAt: now,
  attempt: 0,
  failures: 0,
  losses: 0,
  tickCount: 1,
  startedAt: null,
  now,
  blockedBy: null,
  handedOutAt: null,
  firstHandedOutAt: null,
  firstDueAt: null,
  waitedFor: null,
  host: null,
  others: [],
  pool: { name: 'default', capacity: null, running: 0, waiting: 0, workers: 2 },
};
const late = { state: 'succeeded', attempt: 1, firstDueAt: now - 60_000, startedAt: now - 57_000 } as const;

test.each([
  ['to come', { dueAt: now + 30_000 }, ['it is due in 30s, and not handed out yet']],
  [
    'handed out',
    { dueAt: now + 30_000, handedOutAt: now },
    ['it is due in 30s, and handed out: a worker waits for its time'],
  ],
  [
    'without a free slot',
    { handedOutAt: now },
    ['it is due and handed out: the 2 workers of the pool "default" have no free slot'],
  ],
  [
    'waiting for its next try',
    { dueAt: now + 5_000, attempt: 1, failures: 1 },
    ['its next attempt is due in 5s', '1 attempt failed'],
  ],
  [
    'waiting for room',
    { state: 'blocked', blockedBy: 'pool', pool: { ...facts.pool, capacity: 5, running: 5, waiting: 9 } },
    ['it waits for room in the pool "default": 5 of 5 are at work, and 9 wait'],
  ],
  ['at work', { state: 'running', attempt: 2, host: 'here' }, ['it is at work on here, attempt 2']],
  [
    'late by the hand-out',
    { ...late, firstHandedOutAt: now - 57_500 },
    ['it succeeded', 'it started 3s after it was due: it was handed out only 2s500ms after that'],
  ],
  [
    'late by the workers',
    { ...late, firstHandedOutAt: now - 61_000 },
    [
      'it succeeded',
      'it started 3s after it was due: it had been handed out in time, and no worker took it sooner',
    ],
  ],
  [
    'late by another run',
    { ...late, firstHandedOutAt: now - 57_500, waitedFor: 'overlap' },
    ['it succeeded', 'it started 3s after it was due: it had to wait for another run of its job'],
  ],
  [
    'late by a full pool',
    { ...late, waitedFor: 'pool' },
    ['it succeeded', 'it started 3s after it was due: it had to wait for room in the pool "default"'],
  ],
  [
    'poison',
    { state: 'interrupted', reason: 'replay_cap', losses: 4 },
    ['its workers were lost so often that it is not run again', '4 attempts went with a worker that died'],
  ],
] as const)('%s', (_title, given, because) => {
  expect(explainRun({ ...facts, ...given })).toEqual(because);
});
