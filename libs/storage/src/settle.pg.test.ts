import { randomUUID } from 'node:crypto';
import { maxTriggerDepth, type Outcome } from '@flotilla/domain';
import pg from 'pg';
import { expect, test } from 'vitest';
import type { AttemptEnd } from './attempt-end.ts';
import { requestCancel } from './cancel.ts';
import type { Store } from './connect.ts';
import { deleteJob } from './delete-job.ts';
import { setJobEnabled } from './jobs.ts';
import { settleAttempts } from './settle.ts';
import { lockForDelete, markJobDeleted } from './sql/jobs.ts';
import { endAttempts } from './sql/settle.ts';
import {
  aClaim,
  aJob,
  anEnd,
  atWork,
  claim,
  databaseNow,
  eventTypesOf,
  openTestLedger,
  theRun,
  untilWaiting,
} from './test-ledger.ts';
import { readTurns } from './turns.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;
const failed: Outcome = { kind: 'exited', exitCode: 3 };

async function settle(end: AttemptEnd, on: Store = store) {
  return (await settleAttempts(on, [end])).get(end.token);
}

const endings: [Outcome, string, string | null, Record<string, unknown>][] = [
  [{ kind: 'exited', exitCode: 0 }, 'succeeded', null, { exitCode: 0 }],
  [failed, 'failed', 'exit_code', { exitCode: 3 }],
  [{ kind: 'signalled', signal: 'SIGSEGV' }, 'failed', 'signal', { signal: 'SIGSEGV' }],
  [{ kind: 'timed_out' }, 'timed_out', 'deadline', {}],
  [{ kind: 'output_limit' }, 'failed', 'output_limit', {}],
  [
    { kind: 'misconfigured', message: 'no such folder' },
    'failed',
    'misconfigured',
    { message: 'no such folder' },
  ],
  [{ kind: 'cancelled' }, 'cancelled', 'requested', {}],
  [{ kind: 'drained' }, 'interrupted', 'drained', {}],
  [{ kind: 'fenced' }, 'interrupted', 'worker_lost', { message: null }],
  [{ kind: 'lost', message: 'gone', isGone: false }, 'interrupted', 'worker_lost', { message: 'gone' }],
];

test.each(endings)('SE-3 %o is settled as %s, %s', async (outcome, state, reason, attempt) => {
  const end = (await atWork(store, await aJob(store)))(outcome);
  expect(await settle(end)).toMatchObject({ kind: 'settled', state });
  expect(await theRun(store, end.runId)).toMatchObject({
    state,
    reason,
    workerId: null,
    attempts: [
      {
        outcome: outcome.kind,
        spawnedAt: 1_000,
        stdout: 'done\n',
        stdoutBytes: 5,
        stdoutTruncated: false,
        ...attempt,
      },
    ],
  });
  expect(await eventTypesOf(store, end.runId)).toEqual(['run.queued', 'run.started', `run.${state}`]);
});

test('SE-1 a settle that is asked again is accepted by its token alone', async () => {
  const end = (await atWork(store, await aJob(store)))(failed);
  await settle(end);
  expect(await settle(end)).toEqual({ kind: 'accepted' });
  expect(await settle({ ...end, token: randomUUID() })).toEqual({ kind: 'stale' });
  expect(await eventTypesOf(store, end.runId)).toEqual(['run.queued', 'run.started', 'run.failed']);
});

test('SE-1 an end that is asked again in one batch with the next attempt of its run is not decided anew', async () => {
  const retry = { attempts: 3, delay: '1s' };
  const end = (await atWork(store, await aJob(store, { retry })))(failed);
  await settle(end);
  await sql('UPDATE runs SET due_at = clock_timestamp() WHERE id = $1', [end.runId]);
  const again = await claim(store, end.workerId, aClaim(end.runId, 1));
  expect(again).toMatchObject({ kind: 'started' });
  const next = anEnd({ ...end, attempt: 2 });
  const results = await settleAttempts(store, [end, next]);
  expect(results.get(end.token)).toEqual({ kind: 'accepted' });
  expect(results.get(next.token)).toMatchObject({ kind: 'settled', state: 'succeeded' });
  expect(await theRun(store, end.runId)).toMatchObject({ state: 'succeeded', failures: 1 });
  const types = ['run.queued', 'run.started', 'run.retrying', 'run.started', 'run.succeeded'];
  expect(await eventTypesOf(store, end.runId)).toEqual(types);
});

test('SE-1 only the worker and the attempt that have the run settle it', async () => {
  const end = (await atWork(store, await aJob(store)))(failed);
  expect(await settle({ ...end, workerId: randomUUID() })).toEqual({ kind: 'stale' });
  expect(await settle({ ...end, attempt: 2 })).toEqual({ kind: 'stale' });
  expect(await settle({ ...end, runId: randomUUID() })).toEqual({ kind: 'stale' });
  expect(await theRun(store, end.runId)).toMatchObject({ state: 'running' });
});

test('SE-1 of two that settle one attempt at once one does', async () => {
  const end = (await atWork(store, await aJob(store)))(failed);
  const results = await Promise.all(
    Array.from({ length: 4 }, () => settle({ ...end, token: randomUUID() }, ledger.another())),
  );
  expect(results.map((result) => result?.kind).sort()).toEqual(['settled', 'stale', 'stale', 'stale']);
});

test('a failure is tried again after its delay, until its tries are used up', async () => {
  const retry = { attempts: 2, delay: '10s', factor: 2 };
  const job = await aJob(store, { retry });
  const end = (await atWork(store, job))(failed);
  const before = await databaseNow(store);
  const result = await settle(end);
  expect(result?.kind).toBe('requeued');
  const run = await theRun(store, end.runId);
  expect(run).toMatchObject({ state: 'queued', reason: null, attempt: 1, failures: 1, losses: 0 });
  expect(run.dueAt - before).toBeGreaterThanOrEqual(10_000);
  expect(run.dueAt - before).toBeLessThan(12_000);

  await sql('UPDATE runs SET due_at = clock_timestamp() WHERE id = $1', [end.runId]);
  await claim(store, end.workerId, aClaim(end.runId, 1));
  expect(await settle(anEnd({ ...end, attempt: 2 }, failed))).toMatchObject({
    kind: 'settled',
    state: 'failed',
  });
  expect(await theRun(store, end.runId)).toMatchObject({
    failures: 2,
    attempts: [{ number: 1 }, { number: 2 }],
  });
  expect(await eventTypesOf(store, end.runId)).toEqual([
    'run.queued',
    'run.started',
    'run.retrying',
    'run.started',
    'run.failed',
  ]);
});

test('AD-3 the retry of the revision that the run carries out holds', async () => {
  const job = await aJob(store, { retry: { attempts: 2, delay: '0s' } });
  const end = (await atWork(store, job))(failed);
  await aJob(store, { id: job.slug });
  expect(await settle(end)).toMatchObject({ kind: 'requeued' });
});

test('AD-6 a deleted job gets no further attempt', async () => {
  const job = await aJob(store, { retry: { attempts: 5 }, guarantee: 'at-least-once' });
  const end = (await atWork(store, job))(failed);
  await deleteJob(store, job.slug, { actor: 'test', detach: false });
  expect(await settle(end)).toMatchObject({ kind: 'settled', state: 'failed' });
});

test.each<[string, Outcome, number]>([
  ['CN-2 what was drained', { kind: 'drained' }, 0],
  ['GD-4 what the guard ended', { kind: 'fenced' }, 0],
  ['what its worker could not begin', { kind: 'lost', message: 'no room', isGone: true }, 1],
])('%s is queued again under at-least-once, as no failure', async (_title, outcome, losses) => {
  const end = (await atWork(store, await aJob(store, { guarantee: 'at-least-once' })))(outcome);
  expect(await settle(end)).toMatchObject({ kind: 'requeued' });
  const run = await theRun(store, end.runId);
  expect(run).toMatchObject({ state: 'queued', failures: 0, losses });
  expect(run.dueAt).toBeLessThanOrEqual(await databaseNow(store));
  expect(await eventTypesOf(store, end.runId)).toEqual(['run.queued', 'run.started', 'run.requeued']);
});

test('TX-1 a cancel that commits while the settle waits for it is seen', async () => {
  const end = (await atWork(store, await aJob(store, { retry: { attempts: 5 } })))(failed);
  const settling = await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'UPDATE runs SET cancel_requested_at = now() WHERE id = $1' }, [
      end.runId,
    ]);
    const result = settle(end);
    await untilWaiting(ledger, 1);
    return { result };
  });
  expect(await settling.result).toMatchObject({ kind: 'settled', state: 'cancelled' });
});

test('CN-1 a cancel turns every end except success into cancelled', async () => {
  for (const [exitCode, state] of [
    [3, 'cancelled'],
    [0, 'succeeded'],
  ] as const) {
    const end = (await atWork(store, await aJob(store, { retry: { attempts: 5 } })))({
      kind: 'exited',
      exitCode,
    });
    expect(await requestCancel(store, end.runId)).toMatchObject({ kind: 'requested' });
    await requestCancel(store, end.runId);
    expect(await settle(end)).toMatchObject({ kind: 'settled', state });
    expect(await eventTypesOf(store, end.runId)).toEqual([
      'run.queued',
      'run.started',
      'run.cancel_requested',
      `run.${state}`,
    ]);
  }
});

interface ChildRow {
  readonly id: string;
  readonly slug: string;
  readonly key: string;
  readonly state: string;
  readonly reason: string | null;
  readonly dueAt: number;
  readonly depth: number;
}

const childrenOf = (runId: string) =>
  sql<ChildRow>(
    `SELECT r.id, j.slug, r.key, r.state, r.reason, r.due_at AS "dueAt", r.depth FROM runs r JOIN jobs j ON j.id = r.job_id
     WHERE r.parent_id = $1 ORDER BY r.state, j.slug`,
    [runId],
  );

test('children fire once, by their condition, after their delay; a disabled one is skipped', async () => {
  const parent = await aJob(store);
  const child = (on: string) => aJob(store, { after: { job: parent.slug, on, delay: '10s' } });
  const [success, complete, disabled] = [
    await child('success'),
    await child('complete'),
    await child('success'),
  ];
  await child('failure');
  await setJobEnabled(store, disabled.slug, { enabled: false, actor: 'test' });
  const end = (await atWork(store, parent))({ kind: 'exited', exitCode: 0 });
  const before = await databaseNow(store);
  await settle(end);
  expect(await settle(end)).toEqual({ kind: 'accepted' });
  const children = await childrenOf(end.runId);
  expect(children.map((run) => [run.slug, run.state, run.reason])).toEqual([
    ...[success.slug, complete.slug].sort().map((slug) => [slug, 'queued', null]),
    [disabled.slug, 'skipped', 'disabled'],
  ]);
  for (const run of children) {
    expect(run).toMatchObject({ key: end.runId, depth: 1 });
    expect(run.dueAt - before).toBeGreaterThanOrEqual(10_000);
    expect(await eventTypesOf(store, run.id)).toEqual([
      run.state === 'queued' ? 'run.triggered' : 'run.skipped',
    ]);
  }
  expect((await theRun(store, end.runId)).children).toHaveLength(3);
});

test('who hands out hears of what an end has queued, once it is committed', async () => {
  const succeeded: Outcome = { kind: 'exited', exitCode: 0 };
  const heard: string[] = [];
  const settleHeard = async (end: AttemptEnd) => {
    await settleAttempts(store, [end], { onQueued: () => heard.push(end.runId) });
  };
  const parent = await aJob(store);
  await aJob(store, { after: { job: parent.slug } });
  const [fires, retries, merelyEnds] = [
    (await atWork(store, parent))(succeeded),
    (await atWork(store, await aJob(store, { retry: { attempts: 2 } })))(failed),
    (await atWork(store, await aJob(store)))(succeeded),
  ];
  for (const end of [fires, retries, merelyEnds]) await settleHeard(end);
  expect(heard).toEqual([fires.runId, retries.runId]);
});

test('children wait for the last attempt, and a cancelled parent fires none', async () => {
  const parent = await aJob(store, { retry: { attempts: 2, delay: '0s' } });
  await aJob(store, { after: { job: parent.slug, on: 'complete' } });
  const end = (await atWork(store, parent))(failed);
  await settle(end);
  expect(await childrenOf(end.runId)).toEqual([]);
  await sql('UPDATE runs SET due_at = clock_timestamp() WHERE id = $1', [end.runId]);
  await claim(store, end.workerId, aClaim(end.runId, 1));
  await settle(anEnd({ ...end, attempt: 2 }, failed));
  expect(await childrenOf(end.runId)).toHaveLength(1);
  const cancelled = (await atWork(store, parent))({ kind: 'cancelled' });
  await settle(cancelled);
  expect(await childrenOf(cancelled.runId)).toEqual([]);
});

test('ED-5 a chain that is too deep ends, even past the door', async () => {
  const parent = await aJob(store);
  await aJob(store, { after: { job: parent.slug } });
  const deep = (await atWork(store, parent, { depth: maxTriggerDepth }))({ kind: 'exited', exitCode: 0 });
  await settle(deep);
  expect(await childrenOf(deep.runId)).toEqual([]);
  const last = (await atWork(store, parent, { depth: maxTriggerDepth - 1 }))({ kind: 'exited', exitCode: 0 });
  await settle(last);
  expect(await childrenOf(last.runId)).toMatchObject([{ depth: maxTriggerDepth }]);
});

test('a child is told what its parent left', async () => {
  const parent = await aJob(store);
  const child = await aJob(store, {
    turn: { argv: ['echo', 'hi'] },
    after: { job: parent.slug, on: 'failure' },
  });
  const end = (await atWork(store, parent))(failed);
  await settle(end);
  const [run] = await childrenOf(end.runId);
  expect(await readTurns(store, [run?.id ?? ''])).toMatchObject([
    {
      runId: run?.id,
      slug: child.slug,
      turn: { command: { argv: ['echo', 'hi'] } },
      context: {
        parent: {
          run: end.runId,
          job: parent.slug,
          state: 'failed',
          reason: 'exit_code',
          exitCode: 3,
          stdout: 'done\n',
          stderr: 'done\n',
        },
      },
    },
  ]);
  expect(await readTurns(store, [end.runId])).toMatchObject([{ context: null }]);
});

test('SE-2 NUL and lone surrogates are stored as U+FFFD, all else as it is', async () => {
  const end = (await atWork(store, await aJob(store)))({ kind: 'misconfigured', message: 'a\0b' });
  const text = 'one\0two\ud800three\udc00four😀';
  const excerpt = { text, bytes: 30, truncated: true };
  await settle({ ...end, report: { ...end.report, stdout: excerpt, stderr: excerpt } });
  const mended = 'one\ufffdtwo\ufffdthree\ufffdfour😀';
  expect((await theRun(store, end.runId)).attempts).toMatchObject([
    { message: 'a\ufffdb', stdout: mended, stderr: mended, stdoutBytes: 30, stderrTruncated: true },
  ]);
});

test('SE-2 a row that Postgres alone refuses is settled as unstorable, the others as they are', async () => {
  const job = await aJob(store, { overlap: 'allow' });
  // No process ends with this code: it stands for whatever a column cannot hold.
  const refused = (await atWork(store, job))({ kind: 'exited', exitCode: 2 ** 40 });
  const [first, last] = [(await atWork(store, job))(failed), (await atWork(store, job))(failed)];
  const results = await settleAttempts(store, [first, refused, last]);
  expect(results.get(refused.token)).toMatchObject({ kind: 'settled', state: 'failed' });
  expect(await theRun(store, refused.runId)).toMatchObject({
    state: 'failed',
    reason: 'unstorable_output',
    attempts: [{ outcome: 'unstorable_output', stdout: '', stdoutBytes: 5, stdoutTruncated: true }],
  });
  for (const end of [first, last]) {
    expect(await theRun(store, end.runId)).toMatchObject({ state: 'failed', reason: 'exit_code' });
    expect(await settle(end)).toEqual({ kind: 'accepted' });
  }
  expect(await eventTypesOf(store, refused.runId)).toEqual(['run.queued', 'run.started', 'run.failed']);
});

/** A store whose statement that ends attempts fails for one of them, or for all. */
function failingAtTheEnd(error: Error, runId?: string): Store {
  return {
    ...store,
    transaction: (use) =>
      store.transaction((session) =>
        use({
          ask: (query, values) => {
            const runIds = values?.[0] as readonly string[] | undefined;
            const fails = query.name === endAttempts.name && (runId === undefined || runIds?.includes(runId));
            return fails === true ? Promise.reject(error) : session.ask(query, values);
          },
        }),
      ),
  };
}

test('SE-2 an error that time mends is thrown, and changes nothing: the same token is asked again', async () => {
  const end = (await atWork(store, await aJob(store)))({ kind: 'exited', exitCode: 0 });
  const busy = new pg.DatabaseError('canceling statement due to lock timeout', 0, 'error');
  busy.code = '55P03';
  await expect(settle(end, failingAtTheEnd(busy))).rejects.toBe(busy);
  expect(await theRun(store, end.runId)).toMatchObject({ state: 'running' });
  expect(await settle(end)).toMatchObject({ kind: 'settled', state: 'succeeded' });
});

test('SE-2 an error that sticks to one end keeps no other from being settled', async () => {
  const job = await aJob(store, { overlap: 'allow' });
  const sick = (await atWork(store, job))({ kind: 'exited', exitCode: 0 });
  const sound = (await atWork(store, job))({ kind: 'exited', exitCode: 0 });
  const error = new Error('a mistake of ours');
  const results = await settleAttempts(failingAtTheEnd(error, sick.runId), [sick, sound]);
  expect(results.get(sick.token)).toEqual({ kind: 'refused', error });
  expect(results.get(sound.token)).toMatchObject({ kind: 'settled', state: 'succeeded' });
  expect(await theRun(store, sick.runId)).toMatchObject({ state: 'running' });
  expect(await settle(sick)).toMatchObject({ kind: 'settled', state: 'succeeded' });
});

test('TX-2 runs are locked in the order of their ids, whatever the order of the batch', async () => {
  const job = await aJob(store, { overlap: 'allow' });
  const ends = [(await atWork(store, job))(failed), (await atWork(store, job))(failed)];
  const [first = '', second = ''] = ends.map((end) => end.runId).sort();
  const lock = { name: '', text: 'SELECT id FROM runs WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED' };
  const settling = await ledger.another().transaction(async (session) => {
    await session.ask(lock, [first]);
    const results = settleAttempts(
      store,
      ends.toSorted((left, right) => (left.runId > right.runId ? -1 : 1)),
    );
    await untilWaiting(ledger, 1);
    expect(await session.ask(lock, [second])).toEqual([{ id: second }]);
    return { results };
  });
  expect([...(await settling.results).values()].map((result) => result.kind)).toEqual(['settled', 'settled']);
});

test('AD-6, TX-1 a child that is deleted while its parent is settled gets no run', async () => {
  const job = await aJob(store);
  const child = await aJob(store, { after: { job: job.slug } });
  const end = (await atWork(store, job))({ kind: 'exited', exitCode: 0 });
  const { settling } = await ledger.another().transaction(async (session) => {
    await session.ask(lockForDelete, [child.jobId]);
    const waiting = settle(end);
    await untilWaiting(ledger, 1);
    await session.ask(markJobDeleted, [child.jobId]);
    return { settling: waiting };
  });
  expect(await settling).toMatchObject({ kind: 'settled', state: 'succeeded' });
  expect(await sql('SELECT id FROM runs WHERE job_id = $1', [child.jobId])).toEqual([]);
});
