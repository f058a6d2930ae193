import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { claimRuns } from './claim.ts';
import type { JobView } from './job-view.ts';
import { putJob } from './jobs.ts';
import { insertNewRuns } from './new-run.ts';
import { settleAttempts } from './settle.ts';
import { lockForNewRun } from './sql/jobs.ts';
import {
  aClaim,
  aJob,
  anEnd,
  aPool,
  aWorker,
  databaseNow,
  eventTypesOf,
  openTestLedger,
  someRuns,
  untilWaiting,
} from './test-ledger.ts';
import { handBack } from './workers.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;

interface Where {
  readonly pool: string;
  readonly priority: number;
  readonly out: boolean;
}

const where = async (runId: string) =>
  (
    await sql<Where>('SELECT pool, priority, handed_out_at IS NOT NULL AS out FROM runs WHERE id = $1', [
      runId,
    ])
  )[0];

const edit = (job: JobView, fields: object) =>
  putJob(store, { document: { ...job.document, ...fields }, actor: 'test' });

test('AD-3, HO-3 what waits goes where its job goes, and is handed out there; what is at work stays', async () => {
  const [pool, workerId] = await Promise.all([aPool(store), aWorker(store)]);
  const job = await aJob(store, { overlap: 'queue', retry: { attempts: 2, delay: '1h' } });
  const [again = '', running = '', blocked = '', queued = ''] = await someRuns(store, job, 4);
  const claims = (...runIds: string[]) =>
    claimRuns(
      store,
      workerId,
      runIds.map((runId) => aClaim(runId)),
    );
  await claims(again);
  await settleAttempts(store, [
    anEnd({ runId: again, attempt: 1, workerId }, { kind: 'exited', exitCode: 1 }),
  ]);
  await claims(blocked);
  await sql(
    "UPDATE runs SET state = 'running', worker_id = $2, claim_token = $2, attempt = 1 WHERE id = $1",
    [running, workerId],
  );
  await sql('UPDATE runs SET handed_out_at = clock_timestamp() WHERE id = $1', [queued]);
  expect(await edit(job, { pool, priority: 7 })).toMatchObject({ kind: 'changed' });
  for (const runId of [again, blocked, queued])
    expect(await where(runId)).toEqual({ pool, priority: 7, out: false });
  expect(await where(running)).toMatchObject({ pool: 'default', priority: 0 });
  expect((await eventTypesOf(store, blocked)).at(-1)).toBe('run.moved');
  const [{ data } = { data: {} }] = await sql<{ data: object }>(
    'SELECT data FROM events WHERE entity_id = $1 ORDER BY version DESC LIMIT 1',
    [blocked],
  );
  expect(data).toMatchObject({ pool, priority: 7, blockedBy: 'overlap' });
});

test('AD-3 the next attempt of what is at work goes where its job has gone, retried or handed back', async () => {
  const [pool, workerId] = await Promise.all([aPool(store), aWorker(store)]);
  const job = await aJob(store, { overlap: 'allow', retry: { attempts: 2, delay: '1h' } });
  const [failing = '', unstarted = ''] = await someRuns(store, job, 2);
  await claimRuns(store, workerId, [aClaim(failing), aClaim(unstarted)]);
  await edit(job, { pool, priority: 7 });
  const end = anEnd({ runId: failing, attempt: 1, workerId }, { kind: 'exited', exitCode: 1 });
  await settleAttempts(store, [end]);
  await handBack(store, workerId, [{ runId: unstarted, attempt: 1 }]);
  for (const runId of [failing, unstarted])
    expect(await where(runId)).toEqual({ pool, priority: 7, out: false });
});

test('AD-3 a run that is inserted beside the edit goes along', async () => {
  const [job, pool] = [await aJob(store), await aPool(store)];
  const dueAt = await databaseNow(store);
  const { edited, runId } = await ledger.another().transaction(async (session) => {
    await session.ask(lockForNewRun, [[job.jobId]]);
    const editing = edit(job, { pool });
    await untilWaiting(ledger, 1); // the edit is committed, and waits for those who knew the job before it
    const [inserted = ''] = await insertNewRuns(session, [
      {
        jobId: job.jobId,
        cause: 'manual',
        key: randomUUID(),
        dueAt,
        state: 'queued',
        reason: null,
        pool: 'default',
        revision: 1,
      },
    ]);
    return { edited: editing, runId: inserted };
  });
  expect(await edited).toMatchObject({ kind: 'changed' });
  expect(await where(runId)).toMatchObject({ pool });
});

test('AD-3 an edit of another policy moves nothing', async () => {
  const job = await aJob(store);
  const [runId = ''] = await someRuns(store, job, 1);
  await edit(job, { backlog: 3 });
  expect(await eventTypesOf(store, runId)).toEqual(['run.queued']);
});
