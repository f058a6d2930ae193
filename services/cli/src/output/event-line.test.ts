import type { Event } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { eventLine } from './event-line.ts';

type RunEvent = Extract<Event, { entity: 'run' }>;

const at = '2026-11-21T09:41:07.000Z';

function runEvent(type: RunEvent['type'], known: Partial<RunEvent['data']> = {}): Event {
  const data: RunEvent['data'] = {
    run: '01920000-0000-7000-8000-0000deadbeef',
    job: 'nightly-report',
    jobId: '01920000-0000-7000-8000-000000000001',
    cause: 'schedule',
    key: '1',
    tickAt: at,
    tickUntil: null,
    tickCount: 1,
    dueAt: at,
    startedAt: '2026-11-21T09:41:06.600Z',
    settledAt: at,
    state: 'queued',
    reason: null,
    attempt: 1,
    failures: 0,
    losses: 0,
    revision: 1,
    version: 1,
    worker: null,
    parent: null,
    ...known,
  };
  return { id: 'x.1', type, entity: 'run', at, data };
}

function jobEvent(type: 'job.changed' | 'job.deleted' | 'job.blocked', known: object): Event {
  const data = {
    job: 'nightly-report',
    jobId: 'j',
    version: 1,
    revision: 3,
    oldRevision: 2,
    enabled: true,
    actor: 'admin',
    ...known,
  };
  return { id: 'x.1', type, entity: 'job', at, data };
}

function wordsOf(event: Event): string {
  const line = eventLine(event, { colour: false, utc: true });
  expect(line.startsWith('09:41:07  nightly-report        ')).toBe(true);
  return line.slice(32).replace(/ +deadbeef$/, '');
}

test('a line has the time, the job, what happened and the end of the run’s id, in columns', () => {
  expect(eventLine(runEvent('run.succeeded', { state: 'succeeded' }), { colour: false, utc: true })).toBe(
    '09:41:07  nightly-report        succeeded after 0.4 s                   deadbeef',
  );
});

test.each([
  [runEvent('run.queued', { dueAt: '2026-11-21T09:41:52.000Z' }), 'planned, due in 45 s'],
  [runEvent('run.queued', { cause: 'manual' }), 'queued by hand'],
  [runEvent('run.queued', { cause: 'manual', actor: 'ada' }), 'queued by ada'],
  [runEvent('run.cancel_requested', { actor: 'ada' }), 'asked to stop by ada'],
  [
    runEvent('run.triggered', { cause: 'parent', parent: '01920000-0000-7000-8000-0000cafecafe' }),
    'triggered by run cafecafe',
  ],
  [runEvent('run.blocked', { state: 'blocked', blockedBy: 'overlap' }), 'waits for another run of its job'],
  [
    runEvent('run.blocked', { state: 'blocked', blockedBy: 'pool', pool: 'browsers' }),
    'waits for room in pool "browsers"',
  ],
  [runEvent('run.started', { state: 'running' }), 'started'],
  [runEvent('run.started', { state: 'running', attempt: 2 }), 'started, attempt 2'],
  [
    runEvent('run.retrying', { failures: 1, reason: 'exit_code', dueAt: '2026-11-21T09:41:09.000Z' }),
    'failed: exit_code, next try in 2.0 s',
  ],
  [runEvent('run.retrying', { failures: 1 }), 'try 1 failed, next try now'],
  [
    runEvent('run.failed', { state: 'failed', reason: 'exit_code', failures: 3 }),
    'failed: exit_code after 0.4 s, 3 tries',
  ],
  [
    runEvent('run.timed_out', { state: 'timed_out', reason: 'deadline', failures: 1 }),
    'timed out: deadline after 0.4 s',
  ],
  [runEvent('run.skipped', { state: 'skipped', reason: 'overlap' }), 'skipped: overlap'],
  [
    runEvent('run.missed', { state: 'missed', reason: 'catch_up', tickCount: 40 }),
    'missed: catch_up (40 ticks)',
  ],
  [runEvent('run.withdrawn'), 'plan withdrawn'],
  [jobEvent('job.changed', { oldRevision: null, revision: 1 }), 'created by admin'],
  [jobEvent('job.changed', {}), 'changed to revision 3 by admin'],
  [jobEvent('job.changed', { oldRevision: 3, enabled: false }), 'disabled by admin'],
  [jobEvent('job.deleted', {}), 'deleted by admin'],
  [jobEvent('job.blocked', { message: 'no zone' }), 'its schedule cannot be computed: no zone'],
])('%# in words', (event, words) => {
  expect(wordsOf(event)).toBe(words);
});

test('colours are an option', () => {
  const failed = runEvent('run.failed', { state: 'failed', reason: 'exit_code' });
  expect(eventLine(failed, { colour: true, utc: true })).toContain('\u001b[31mfailed: exit_code');
  expect(eventLine(failed, { colour: false, utc: true })).not.toContain('\u001b');
});

test.each([
  ['alarm.raised', 'alarm: no worker takes from it'],
  ['alarm.resolved', 'over: no worker takes from it'],
] as const)('%s names its kind in the place of a job', (type, words) => {
  const data = {
    alarm: '01920000-0000-7000-8000-000000000002',
    kind: 'no_worker',
    subject: 'default',
    message: 'no worker takes from it',
    version: 1,
    raisedAt: at,
    resolvedAt: null,
  } as const;
  const line = eventLine({ id: 'x.1', type, entity: 'alarm', at, data }, { colour: false, utc: true });
  expect(line).toBe(`09:41:07  no_worker             ${words}`);
});
