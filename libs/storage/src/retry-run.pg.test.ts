import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { requestCancel } from './cancel.ts';
import { deleteJob } from './delete-job.ts';
import { markHandedOut, readHandOut } from './hand-out.ts';
import { setJobEnabled } from './jobs.ts';
import { retryRun } from './retry-run.ts';
import { settleAttempts } from './settle.ts';
import {
  aClaim,
  aJob,
  anEnd,
  aRun,
  atWork,
  aWorker,
  claim,
  databaseNow,
  eventTypesOf,
  openTestLedger,
  theRun,
} from './test-ledger.ts';

const ledger = await openTestLedger();
const { store, another, sql } = ledger;
const failure = { kind: 'exited', exitCode: 3 } as const;
const actor = 'somebody';

async function settledRun(job: Awaited<ReturnType<typeof aJob>>): Promise<string> {
  const end = (await atWork(store, job))(failure);
  await settleAttempts(store, [end]);
  return end.runId;
}

/** A run whose first try has failed and whose next one is an hour away. */
async function waitingForRetry(): Promise<string> {
  const runId = await settledRun(await aJob(store, { retry: { attempts: 2, delay: '1h' } }));
  expect(await theRun(store, runId)).toMatchObject({ state: 'queued', attempt: 1 });
  return runId;
}

test('a settled run is run again as a new one of the job as it is now, also where it is disabled', async () => {
  const job = await aJob(store);
  const runId = await settledRun(job);
  await setJobEnabled(store, job.slug, { enabled: false, actor });
  const result = await retryRun(store, runId, { actor });
  expect(result).toMatchObject({
    kind: 'created',
    run: { cause: 'manual', state: 'queued', retryOf: runId, revision: 2, attempt: 0, parentId: null },
  });
  const id = result.kind === 'created' ? result.run.id : '';
  expect(await eventTypesOf(store, id)).toEqual(['run.queued']);
  expect(await sql('SELECT actor FROM runs WHERE id = $1', [id])).toEqual([{ actor }]);
  expect(await theRun(store, runId)).toMatchObject({ state: 'failed', retryOf: null });
});

test('the children of a retried run fire for themselves', async () => {
  const parent = await aJob(store, { overlap: 'allow' });
  const child = await aJob(store, { after: { job: parent.slug, on: 'complete' } });
  const runId = await settledRun(parent);
  const again = await retryRun(store, runId, { actor });
  const id = again.kind === 'created' ? again.run.id : '';
  const workerId = await aWorker(store);
  await claim(store, workerId, aClaim(id));
  await settleAttempts(store, [anEnd({ runId: id, attempt: 1, workerId })]);
  for (const parentId of [runId, id]) {
    expect((await theRun(store, parentId)).children).toMatchObject([{ job: child.slug }]);
  }
});

test('HO-3 a run that waits for its next try is due now, and handed out anew; once', async () => {
  const runId = await waitingForRetry();
  await markHandedOut(store, await readHandOut(store, 'default', 7_200_000));
  const before = await theRun(store, runId);
  expect(await retryRun(store, runId, { actor })).toMatchObject({
    kind: 'due_now',
    run: { id: runId, attempt: 1 },
  });
  const after = await theRun(store, runId);
  expect(after.version).toBe(before.version + 1);
  expect(after.dueAt).toBeLessThanOrEqual(await databaseNow(store));
  expect(await readHandOut(store, 'default', 0)).toContainEqual(expect.objectContaining({ runId }));
  expect(await retryRun(store, runId, { actor })).toMatchObject({
    kind: 'due_now',
    run: { version: after.version },
  });
  expect(await eventTypesOf(store, runId)).toEqual([
    'run.queued',
    'run.started',
    'run.retrying',
    'run.requeued',
  ]);
  expect(await claim(store, await aWorker(store), aClaim(runId, 1))).toMatchObject({ kind: 'started' });
});

test('what is at work, or has never started, is left as it is', async () => {
  const { runId } = (await atWork(store, await aJob(store)))(failure);
  expect(await retryRun(store, runId, { actor })).toMatchObject({
    kind: 'not_retryable',
    run: { state: 'running' },
  });
  const planned = await aRun(store, await aJob(store), { dueAt: (await databaseNow(store)) + 60_000 });
  expect(await retryRun(store, planned, { actor })).toMatchObject({ kind: 'not_retryable' });
  expect((await theRun(store, planned)).version).toBe(1);
  expect(await retryRun(store, randomUUID(), { actor })).toEqual({ kind: 'not_found' });
});

test('AD-6 nothing of a deleted job is run again', async () => {
  const job = await aJob(store);
  const runId = await settledRun(job);
  await deleteJob(store, job.slug, { actor, detach: false });
  expect(await retryRun(store, runId, { actor })).toEqual({ kind: 'job_deleted' });
});

test('two retries of a waiting run at once make it due once', async () => {
  const runId = await waitingForRetry();
  const results = await Promise.all([
    retryRun(store, runId, { actor }),
    retryRun(another(), runId, { actor }),
  ]);
  expect(results).toMatchObject([{ kind: 'due_now' }, { kind: 'due_now' }]);
  expect((await eventTypesOf(store, runId)).filter((type) => type === 'run.requeued')).toHaveLength(1);
});

test('a repeated key answers with the run that it gave first, also once that has ended', async () => {
  const runId = await settledRun(await aJob(store));
  const asked = { actor, key: 'once' };
  const results = await Promise.all([retryRun(store, runId, asked), retryRun(another(), runId, asked)]);
  expect(results.map(({ kind }) => kind).sort()).toEqual(['created', 'repeated']);
  const ids = results.map((result) => ('run' in result ? result.run.id : ''));
  expect(ids[0]).toBe(ids[1]);
  expect(await retryRun(store, runId, { actor, key: 'twice' })).toMatchObject({ kind: 'created' });
});

test('ID-1 the longest key that a client may send is taken, of each run for itself', async () => {
  const job = await aJob(store);
  const asked = { actor, key: 'k'.repeat(200) };
  for (const runId of [await settledRun(job), await settledRun(job)]) {
    const first = await retryRun(store, runId, asked);
    expect(first).toMatchObject({ kind: 'created', run: { retryOf: runId } });
    const id = 'run' in first ? first.run.id : '';
    expect(await retryRun(store, runId, asked)).toMatchObject({ kind: 'repeated', run: { id } });
  }
});

test('a repeated key makes a waiting run due once, and does not run it again when it has ended', async () => {
  const runId = await waitingForRetry();
  const asked = { actor, key: 'once' };
  expect(await retryRun(store, runId, asked)).toMatchObject({ kind: 'due_now' });
  const workerId = await aWorker(store);
  await claim(store, workerId, aClaim(runId, 1));
  expect(await retryRun(store, runId, asked)).toMatchObject({ kind: 'repeated', run: { state: 'running' } });
  await settleAttempts(store, [anEnd({ runId, attempt: 2, workerId })]);
  expect(await retryRun(store, runId, asked)).toMatchObject({ kind: 'repeated', run: { id: runId } });
});

test('ID-1 the key of a retry that was due already is remembered too', async () => {
  const runId = await waitingForRetry();
  await retryRun(store, runId, { actor });
  const { dueAt } = await theRun(store, runId);
  const asked = { actor, key: 'late' };
  expect(await retryRun(store, runId, asked)).toMatchObject({ kind: 'due_now', run: { dueAt } });
  const workerId = await aWorker(store);
  await claim(store, workerId, aClaim(runId, 1));
  await settleAttempts(store, [anEnd({ runId, attempt: 2, workerId })]);
  expect(await retryRun(store, runId, asked)).toMatchObject({ kind: 'repeated', run: { id: runId } });
});

test('events say who asked for a run, for its retry and for its end, and say nothing where nobody did', async () => {
  const facts = async (id: string) => {
    const rows = await sql<{ type: string; actor: string | null }>(
      "SELECT type, data ->> 'actor' AS actor FROM events WHERE entity_id = $1 ORDER BY version",
      [id],
    );
    return rows.map(({ type, actor: who }) => [type, who]);
  };
  const waiting = await waitingForRetry();
  await retryRun(store, waiting, { actor });
  await requestCancel(store, waiting, actor);
  expect(await facts(waiting)).toEqual([
    ['run.queued', null],
    ['run.started', null],
    ['run.retrying', null],
    ['run.requeued', actor],
    ['run.cancelled', actor],
  ]);
  const again = await retryRun(store, waiting, { actor });
  expect(await facts('run' in again ? again.run.id : '')).toEqual([['run.queued', actor]]);
});
