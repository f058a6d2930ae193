import { randomUUID } from 'node:crypto';
import { maxTriggerDepth } from '@flotilla/domain';
import { beforeEach, expect, test } from 'vitest';
import { deleteJob } from './delete-job.ts';
import { getJob } from './job-view.ts';
import { type JobEdit, putJob, setJobEnabled } from './jobs.ts';
import { listJobs } from './list-jobs.ts';
import { planDueRuns } from './plan.ts';
import type { RunView } from './run-view.ts';
import { listRuns } from './runs.ts';
import { settleAttempts } from './settle.ts';
import { lockSlug } from './sql/jobs.ts';
import {
  aClaim,
  aDocument,
  aJob,
  anEnd,
  aRun,
  aWorker,
  claim,
  databaseNow,
  eventTypesOf,
  openTestLedger,
  theRun,
  untilWaiting,
} from './test-ledger.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;
const actor = 'test';
const minute = 60_000;

/** Each test has the planner for its own jobs. */
beforeEach(async () => {
  await sql('UPDATE schedules SET next_tick_at = NULL');
});

const put = (fields: Record<string, unknown>, more: Partial<JobEdit> = {}) =>
  putJob(store, { document: aDocument(fields), actor, ...more });

async function runsOf(slug: string): Promise<readonly RunView[]> {
  const { items } = await listRuns(store, { job: slug, limit: 1_000 });
  return items.toReversed();
}

test('a document that an earlier release has stored is the same with the defaults of what it lacks, and is switched', async () => {
  const id = randomUUID();
  await put({ id, schedule: { cron: '@yearly' } });
  await sql(
    `UPDATE job_revisions SET document = document - 'backlog' - 'priority' #- '{schedule,catchUp,pace}'
     WHERE document ->> 'id' = $1`,
    [id],
  );
  expect((await getJob(store, id))?.document).toMatchObject({ backlog: 25, priority: 0 });
  expect(await put({ id, schedule: { cron: '@yearly' } })).toMatchObject({ kind: 'unchanged' });
  expect(await setJobEnabled(store, id, { enabled: false, actor })).toMatchObject({
    kind: 'changed',
    job: { enabled: false, document: { backlog: 25 } },
  });
});

test('a document is created, changed, left alone', async () => {
  const id = randomUUID();
  expect(await put({ id })).toMatchObject({
    kind: 'created',
    job: { slug: id, revision: 1 },
    oldRevision: null,
  });
  expect(await put({ id })).toMatchObject({ kind: 'unchanged', job: { revision: 1 }, oldRevision: 1 });
  const changed = await put({ id, name: 'Other' });
  expect(changed).toMatchObject({ kind: 'changed', job: { revision: 2, document: { name: 'Other' } } });
  const job = await getJob(store, id);
  expect(job).toMatchObject({ revision: 2, document: aDocument({ id, name: 'Other' }) });
  expect(await eventTypesOf(store, job?.jobId ?? '')).toEqual(['job.changed', 'job.changed']);
});

test('an edit on a revision that has been left behind is a conflict', async () => {
  const id = randomUUID();
  expect(await put({ id }, { expectedRevision: 1 })).toEqual({ kind: 'conflict', revision: null });
  expect(await put({ id }, { expectedRevision: 'absent' })).toMatchObject({ kind: 'created' });
  expect(await put({ id }, { expectedRevision: 'absent' })).toEqual({ kind: 'conflict', revision: 1 });
  expect(await put({ id, name: 'b' }, { expectedRevision: 1 })).toMatchObject({ kind: 'changed' });
  expect(await put({ id, name: 'c' }, { expectedRevision: 1 })).toEqual({ kind: 'conflict', revision: 2 });
});

test('of edits of one revision at once one is made', async () => {
  const { slug } = await aJob(store);
  const results = await Promise.all(
    Array.from({ length: 5 }, (_, index) =>
      putJob(ledger.another(), {
        document: aDocument({ id: slug, name: `name ${index}` }),
        actor,
        expectedRevision: 1,
      }),
    ),
  );
  expect(results.map((result) => result.kind).sort()).toEqual([
    'changed',
    'conflict',
    'conflict',
    'conflict',
    'conflict',
  ]);
});

test('two that create one slug at once make one job', async () => {
  const document = aDocument();
  // Nobody can write a job until both have looked whether there is one, or wait to look.
  const creating = await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'LOCK TABLE jobs IN SHARE MODE' });
    const both = [store, ledger.another()].map((on) => putJob(on, { document, actor }));
    await untilWaiting(ledger, 2);
    return { results: Promise.all(both) };
  });
  expect((await creating.results).map((result) => result.kind).sort()).toEqual(['created', 'unchanged']);
});

test('an `at` that has passed is refused where it is new or changed', async () => {
  const id = randomUUID();
  const past = { at: '2020-01-01T00:00:00Z' };
  const refused = { kind: 'invalid', errors: [{ path: 'schedule.at', value: '2020-01-01T00:00:00Z' }] };
  expect(await put({ id, schedule: past })).toMatchObject(refused);
  expect(await getJob(store, id)).toBeNull();
  await put({ id });
  expect(await put({ id, schedule: past })).toMatchObject(refused);
  await sql(`UPDATE job_revisions SET document = $2 WHERE job_id = (SELECT id FROM jobs WHERE slug = $1)`, [
    id,
    JSON.stringify(aDocument({ id, schedule: past })),
  ]);
  expect(await put({ id, schedule: past })).toMatchObject({ kind: 'unchanged' });
});

test('an unknown parent is refused with the slug that was probably meant', async () => {
  const id = randomUUID();
  await put({ id: 'nightly-report' });
  expect(await put({ id, after: { job: 'nightly-repot' } })).toEqual({
    kind: 'invalid',
    errors: [
      {
        path: 'after.job',
        value: 'nightly-repot',
        nearest: 'nightly-report',
        message: 'no job "nightly-repot": did you mean "nightly-report"?',
      },
    ],
  });
  const [error] = await put({ id, after: { job: 'zzzzzzzz' } }).then((result) =>
    result.kind === 'invalid' ? result.errors : [],
  );
  expect(error).toEqual({ path: 'after.job', value: 'zzzzzzzz', message: 'no job "zzzzzzzz"' });
});

/** Jobs each of which waits for the one before it. */
async function chain(length: number): Promise<string[]> {
  const slugs: string[] = [];
  for (let index = 0; index < length; index++) {
    const [parent] = slugs.slice(-1);
    slugs.push((await aJob(store, parent === undefined ? {} : { after: { job: parent } })).slug);
  }
  return slugs;
}

test('ED-5 a cycle is refused, and shown', async () => {
  const [top = '', middle = '', bottom = ''] = await chain(3);
  expect(await put({ id: top, after: { job: bottom } })).toMatchObject({
    kind: 'invalid',
    errors: [{ path: 'after.job', message: `a cycle: ${[top, bottom, middle, top].join(' ← ')}` }],
  });
});

test('ED-5 a chain of more triggers than allowed is refused at its end and in its middle', async () => {
  const slugs = await chain(maxTriggerDepth + 1);
  const [top = '', last = ''] = [slugs[0], slugs.at(-1)];
  expect(await put({ id: randomUUID(), after: { job: last } })).toMatchObject({ kind: 'invalid' });
  const { slug } = await aJob(store);
  expect(await put({ id: top, after: { job: slug } })).toMatchObject({
    kind: 'invalid',
    errors: [{ message: `a chain of ${maxTriggerDepth + 1} triggers: ${maxTriggerDepth} are allowed` }],
  });
});

test('ED-5 two edits at once cannot close a cycle', async () => {
  const other = ledger.another();
  for (let round = 0; round < 10; round++) {
    const [left, right] = await Promise.all([aJob(store), aJob(store)]);
    const results = await Promise.all([
      put({ id: left.slug, after: { job: right.slug } }),
      putJob(other, { document: aDocument({ id: right.slug, after: { job: left.slug } }), actor }),
    ]);
    expect(results.map((result) => result.kind).sort()).toEqual(['changed', 'invalid']);
  }
});

/** Moves the ticks of a job into the past, so that some have come that nobody has planned. */
const awayFor = (jobId: string, ms: number) =>
  sql(
    `UPDATE schedules SET next_tick_at = to_timestamp(floor(extract(epoch FROM clock_timestamp())) - $2 / 1000) WHERE job_id = $1`,
    [jobId, ms],
  );

const ticking = { every: '1s', catchUp: { policy: 'all', limit: 1_000 } };

test('ED-1 an edit plans what has come, with the old revision, and withdraws what has not', async () => {
  const job = await aJob(store, { schedule: ticking });
  await planDueRuns(store, minute);
  const planned = await runsOf(job.slug);
  await awayFor(job.jobId, 5_000);
  const before = await databaseNow(store);
  expect(await put({ id: job.slug, schedule: { ...ticking, every: '1h' } })).toMatchObject({
    kind: 'changed',
  });

  const left = await runsOf(job.slug);
  const after = await databaseNow(store);
  expect(left.length).toBeGreaterThanOrEqual(5);
  expect(left.every((run) => run.revision === 1 && (run.tickAt ?? 0) <= after)).toBe(true);
  expect(left.filter((run) => (run.tickAt ?? 0) <= before).length).toBeGreaterThanOrEqual(5);
  const gone = planned.filter((run) => (run.tickAt ?? 0) > after);
  expect(gone.length).toBeGreaterThan(40);
  for (const { id } of gone) expect(await eventTypesOf(store, id)).toEqual(['run.queued', 'run.withdrawn']);
});

test('ED-1 ticks that come while an edit waits are planned before it', async () => {
  const job = await aJob(store, { schedule: ticking });
  const editing = await ledger.another().transaction(async (session) => {
    await session.ask(lockSlug, [job.slug]);
    const result = put({ id: job.slug, schedule: { every: '1h' } });
    await untilWaiting(ledger, 1);
    await awayFor(job.jobId, 5_000);
    return { result };
  });
  expect(await editing.result).toMatchObject({ kind: 'changed' });
  const runs = await runsOf(job.slug);
  expect(runs.length).toBeGreaterThanOrEqual(5);
  expect(runs.every((run) => run.revision === 1)).toBe(true);
});

test('ED-1 a settled row of a tick that has not come stays, and its tick is not planned again', async () => {
  const job = await aJob(store, { schedule: { every: '1h' } });
  await planDueRuns(store, 2 * 60 * minute);
  const [first, second] = await runsOf(job.slug);
  await sql(
    `UPDATE runs SET state = 'cancelled', reason = 'requested', settled_at = clock_timestamp() WHERE id = $1`,
    [first?.id],
  );
  await put({ id: job.slug, name: 'edited', schedule: { every: '1h' } });
  await planDueRuns(store, 2 * 60 * minute);
  const runs = await runsOf(job.slug);
  expect(runs.map((run) => [run.tickAt, run.state, run.revision])).toEqual([
    [first?.tickAt, 'cancelled', 1],
    [second?.tickAt, 'queued', 2],
  ]);
});

test('a disabled job has no ticks: what has come stays, enabling goes on from now', async () => {
  const job = await aJob(store, { schedule: ticking });
  await planDueRuns(store, minute);
  await awayFor(job.jobId, 3_000);
  const off = await setJobEnabled(store, job.slug, { enabled: false, actor });
  expect(off).toMatchObject({ kind: 'changed', job: { enabled: false, revision: 2, nextTickAt: null } });
  expect(await setJobEnabled(store, job.slug, { enabled: false, actor })).toMatchObject({
    kind: 'unchanged',
  });
  const now = await databaseNow(store);
  const come = await runsOf(job.slug);
  expect(come.length).toBeGreaterThanOrEqual(3);
  expect(come.every((run) => (run.tickAt ?? 0) <= now)).toBe(true);

  const on = await setJobEnabled(store, job.slug, { enabled: true, actor });
  expect(on).toMatchObject({ kind: 'changed', job: { enabled: true, revision: 3 } });
  expect(on.kind === 'changed' && (on.job.nextTickAt ?? 0)).toBeGreaterThan(now);
  expect(await runsOf(job.slug)).toHaveLength(come.length);
  expect(await setJobEnabled(store, randomUUID(), { enabled: true, actor })).toEqual({ kind: 'not_found' });
});

test('a job whose schedule cannot be computed here can be disabled and deleted, and is blocked when enabled', async () => {
  const job = await aJob(store, { schedule: { cron: '* * * * *' } });
  const breakIt = `UPDATE job_revisions SET document = jsonb_set(document, '{schedule,zone}', '"Mars/Olympus"') WHERE job_id = $1`;
  await sql(breakIt, [job.jobId]);
  expect(await setJobEnabled(store, job.slug, { enabled: false, actor })).toMatchObject({ kind: 'changed' });
  expect(await setJobEnabled(store, job.slug, { enabled: true, actor })).toMatchObject({ kind: 'changed' });
  expect(await planDueRuns(store, 0)).toMatchObject({ blocked: [job.jobId] });
  expect(await deleteJob(store, job.slug, { actor, detach: false })).toEqual({ kind: 'deleted' });
});

test('ED-2 an edit behind a planner that was away for three days counts every tick', async () => {
  const job = await aJob(store, { schedule: { every: '1s' } });
  const days = 3 * 24 * 60 * minute;
  await awayFor(job.jobId, days);
  expect(await put({ id: job.slug, name: 'edited', schedule: { every: '1s' } })).toMatchObject({
    kind: 'changed',
  });
  const runs = await runsOf(job.slug);
  const [first, last] = [runs[0], runs.at(-1)];
  const ticks = ((last?.tickUntil ?? last?.tickAt ?? 0) - (first?.tickAt ?? 0)) / 1_000 + 1;
  expect(ticks).toBeGreaterThanOrEqual(days / 1_000);
  expect(runs.reduce((sum, run) => sum + run.tickCount, 0)).toBe(ticks);
  expect(runs[0]).toMatchObject({ state: 'missed', reason: 'superseded' });
  expect(runs.length).toBeLessThan(200);
});

test('a parent with children stays, unless they are detached', async () => {
  const [parent = '', child = ''] = await chain(2);
  expect(await deleteJob(store, parent, { actor, detach: false })).toEqual({
    kind: 'has_children',
    children: [child],
  });
  expect(await deleteJob(store, parent, { actor, detach: true })).toEqual({ kind: 'deleted' });
  expect(await getJob(store, parent)).toBeNull();
  const detached = await getJob(store, child);
  expect(detached?.revision).toBe(2);
  expect(detached?.document).not.toHaveProperty('after');
  expect(await deleteJob(store, parent, { actor, detach: false })).toEqual({ kind: 'not_found' });
});

test('AD-6 deletion cancels what waits, leaves what runs, withdraws plans, and frees the slug', async () => {
  const job = await aJob(store, { schedule: { every: '1h' }, retry: { attempts: 3 } });
  const workerId = await aWorker(store);
  await planDueRuns(store, 60 * minute);
  const [plan] = await runsOf(job.slug);
  const [running, waiting] = [await aRun(store, job), await aRun(store, job)];
  await claim(store, workerId, aClaim(running));
  expect(await deleteJob(store, job.slug, { actor, detach: false })).toEqual({ kind: 'deleted' });

  expect(await theRun(store, waiting)).toMatchObject({ state: 'cancelled', reason: 'job_deleted' });
  expect(await eventTypesOf(store, waiting)).toEqual(['run.queued', 'run.cancelled']);
  expect(await eventTypesOf(store, plan?.id ?? '')).toEqual(['run.queued', 'run.withdrawn']);
  expect(await theRun(store, running)).toMatchObject({ state: 'running' });
  await settleAttempts(store, [
    anEnd({ runId: running, attempt: 1, workerId }, { kind: 'exited', exitCode: 1 }),
  ]);
  expect(await theRun(store, running)).toMatchObject({ state: 'failed', reason: 'exit_code' });
  expect(await eventTypesOf(store, job.jobId)).toEqual(['job.changed', 'job.deleted']);

  const again = await aJob(store, { id: job.slug });
  expect(again.jobId).not.toBe(job.jobId);
  expect((await runsOf(job.slug)).length).toBe(2);
});

test('TX-2, AD-6 a deletion waits for no run: what somebody holds is cancelled at its claim', async () => {
  const job = await aJob(store);
  const [held, free] = [await aRun(store, job), await aRun(store, job)];
  // A settle that holds a run may wait for the deleted job's schedule: if the deletion waited for the run, both would.
  await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 FROM runs WHERE id = $1 FOR NO KEY UPDATE' }, [held]);
    expect(await deleteJob(store, job.slug, { actor, detach: false })).toEqual({ kind: 'deleted' });
  });
  expect(await theRun(store, free)).toMatchObject({ state: 'cancelled', reason: 'job_deleted' });
  expect(await claim(store, await aWorker(store), aClaim(held))).toEqual({
    kind: 'settled',
    state: 'cancelled',
  });
  expect(await theRun(store, held)).toMatchObject({ state: 'cancelled', reason: 'job_deleted' });
});

test('jobs are listed by slug, page by page', async () => {
  const tag = randomUUID();
  const slugs = Array.from({ length: 5 }, (_, index) => `${tag}-${index}`);
  for (const id of slugs) await aJob(store, { id, tags: [tag], enabled: id !== slugs[4] });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listJobs>> = await listJobs(store, {
      tag,
      limit: 2,
      ...(cursor === null ? {} : { cursor }),
    });
    seen.push(...page.items.map((job) => job.slug));
    cursor = page.next;
  } while (cursor !== null);
  expect(seen).toEqual(slugs);
  expect((await listJobs(store, { tag, enabled: false, limit: 9 })).items).toMatchObject([
    { slug: slugs[4] },
  ]);
});
