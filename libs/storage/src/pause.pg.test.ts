import { beforeEach, expect, test } from 'vitest';
import type { Store } from './connect.ts';
import { deleteJob } from './delete-job.ts';
import { pauseSkips } from './end-pause.ts';
import { getJob } from './job-view.ts';
import { putJob, setJobEnabled } from './jobs.ts';
import { PauseIsOver, pauseJob, resumeJob } from './pause-job.ts';
import { planDueRuns } from './plan.ts';
import { settleAttempts } from './settle.ts';
import { lockPausedSchedules } from './sql/plan.ts';
import { startManualRun } from './start-manual-run.ts';
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
  someRuns,
  theRun,
} from './test-ledger.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;
const second = 1_000;
const minute = 60 * second;
const actor = 'ops';

/** Each test has the planner for its own jobs. */
beforeEach(async () => {
  await sql('UPDATE schedules SET next_tick_at = NULL, paused_until = NULL');
});

const pause = (slug: string, until: number | null = null, reason: string | null = null) =>
  pauseJob(store, slug, { actor, reason, until });
const resume = (slug: string) => resumeJob(store, slug, { actor });

interface Row {
  readonly id: string;
  readonly tickAt: number;
  readonly tickUntil: number | null;
  readonly tickCount: number;
  readonly state: string;
  readonly reason: string | null;
  readonly version: number;
}

const rowsOf = (jobId: string) =>
  sql<Row>(
    `SELECT id, tick_at AS "tickAt", tick_until AS "tickUntil", tick_count AS "tickCount", state, reason, version
     FROM runs WHERE job_id = $1 AND cause = 'schedule' ORDER BY tick_at`,
    [jobId],
  );

async function settledOf(jobId: string): Promise<{ skipped: number; queued: number }> {
  const [row] = await sql<{ skipped: number; queued: number }>(
    `SELECT count(*) FILTER (WHERE state = 'skipped' AND reason = 'paused') AS skipped,
       count(*) FILTER (WHERE state = 'queued') AS queued
     FROM runs WHERE job_id = $1`,
    [jobId],
  );
  return row ?? { skipped: 0, queued: 0 };
}

async function planAll(horizonMs = 0): Promise<void> {
  while ((await planDueRuns(store, horizonMs)).more);
}

/** As if the pause had begun so many seconds ago, and nobody had planned since. */
async function pausedFor(
  jobId: string,
  seconds: number,
  { untilSecondsAgo }: { untilSecondsAgo?: number } = {},
) {
  await sql(`DELETE FROM runs WHERE job_id = $1 AND cause = 'schedule'`, [jobId]);
  await sql(
    `UPDATE schedules SET paused_at = date_trunc('second', now()) - $2 * interval '1 s' + interval '1 ms',
       paused_until = CASE WHEN $3::int IS NOT NULL THEN date_trunc('second', now()) - $3 * interval '1 s' END,
       next_tick_at = date_trunc('second', now()) - ($2 - 1) * interval '1 s'
     WHERE job_id = $1`,
    [jobId, seconds, untilSecondsAgo ?? null],
  );
}

const passes = (jobId: string, seconds: number) =>
  sql(
    `UPDATE runs SET tick_at = tick_at - $2 * interval '1 s', tick_until = tick_until - $2 * interval '1 s' WHERE job_id = $1`,
    [jobId, seconds],
  );

/** As if time had passed since the planner was there last. */
const behind = `UPDATE schedules SET next_tick_at = next_tick_at - $2 * interval '1 s', paused_at = paused_at - $2 * interval '1 s'
  WHERE job_id = $1`;

/** Every tick of a second from the first row to the last one, once. */
function unfold(rows: readonly Row[]): { tick: number; state: string }[] {
  const ticks = rows.flatMap(({ tickAt, tickUntil, tickCount, state, reason }) => {
    const own = Array.from({ length: tickCount }, (_, index) => tickAt + index * second);
    expect(own.at(-1)).toBe(tickUntil ?? tickAt);
    return own.map((tick) => ({ tick, state: reason ?? state }));
  });
  const first = ticks[0]?.tick ?? 0;
  expect(ticks.map(({ tick }) => tick)).toEqual(ticks.map((_, index) => first + index * second));
  return ticks;
}

test("AD-5 a pause is the job's: who, why, since when; it outlives an apply, and a resume ends it", async () => {
  const job = await aJob(store, { schedule: { every: '1h' } });
  const before = await databaseNow(store);
  const paused = await pause(job.slug, null, 'the disk is full');
  expect(paused).toMatchObject({
    kind: 'changed',
    job: { revision: 1, nextTickAt: null, paused: { by: actor, reason: 'the disk is full', until: null } },
  });
  expect((await getJob(store, job.slug))?.paused?.at).toBeGreaterThan(before);
  const changed = { ...job.document, name: 'changed' };
  expect(await putJob(store, { document: changed, actor })).toMatchObject({
    kind: 'changed',
    job: { revision: 2, nextTickAt: null, paused: { reason: 'the disk is full' } },
  });

  expect(await resume(job.slug)).toMatchObject({ kind: 'changed', job: { paused: null, revision: 2 } });
  expect(await resume(job.slug)).toMatchObject({ kind: 'unchanged' });
  expect(await eventTypesOf(store, job.jobId)).toEqual([
    'job.changed',
    'job.paused',
    'job.changed',
    'job.resumed',
  ]);
});

test('a pause of a paused job changes what is said of it, and not since when; the same again changes nothing', async () => {
  const job = await aJob(store, { schedule: { every: '1h' } });
  const until = (await databaseNow(store)) + 90 * minute;
  await pause(job.slug, null, 'a');
  const since = (await getJob(store, job.slug))?.paused?.at;
  const changed = await pauseJob(store, job.slug, { actor: 'other', reason: 'b', until });
  expect(changed).toMatchObject({
    kind: 'changed',
    job: { paused: { at: since, by: 'other', reason: 'b', until } },
  });
  expect(changed.kind === 'changed' && (changed.job.nextTickAt ?? 0)).toBeGreaterThanOrEqual(until);
  expect(await pause(job.slug, until, 'b')).toMatchObject({
    kind: 'unchanged',
    job: { paused: { by: 'other' } },
  });
  expect(await eventTypesOf(store, job.jobId)).toEqual(['job.changed', 'job.paused', 'job.paused']);
  const [event] = await sql(
    `SELECT data->>'reason' AS reason, data->>'until' AS until, data->>'actor' AS actor FROM events
     WHERE entity_id = $1 AND version = 3`,
    [job.jobId],
  );
  expect(event).toEqual({ reason: 'b', until: new Date(until).toISOString(), actor: 'other' });
});

test('what cannot be paused is said: no such job, another revision, an end that has passed', async () => {
  const { slug, jobId } = await aJob(store, { schedule: { every: '1h' } });
  expect(await pause('no-such-job')).toEqual({ kind: 'not_found' });
  expect(await resume('no-such-job')).toEqual({ kind: 'not_found' });
  const stale = { actor, expectedRevision: 7 };
  const conflict = { kind: 'conflict', revision: 1 };
  expect(await pauseJob(store, slug, { ...stale, reason: null, until: null })).toEqual(conflict);
  expect(await resumeJob(store, slug, stale)).toEqual(conflict);
  expect(await setJobEnabled(store, slug, { ...stale, enabled: false })).toEqual(conflict);
  expect(await deleteJob(store, slug, { ...stale, detach: false })).toEqual(conflict);
  await expect(pause(slug, await databaseNow(store))).rejects.toThrow(PauseIsOver);
  expect(await eventTypesOf(store, jobId)).toEqual(['job.changed']);
});

test('ED-1 pause and resume within the horizon: plans are withdrawn, and come back once', async () => {
  const job = await aJob(store, { schedule: { every: '1s' } });
  await planAll(minute);
  const planned = await rowsOf(job.jobId);
  await pause(job.slug);
  const now = await databaseNow(store);
  expect((await rowsOf(job.jobId)).filter(({ tickAt }) => tickAt > now)).toEqual([]);
  const [gone] = planned.slice(-1);
  expect(await eventTypesOf(store, gone?.id ?? '')).toEqual(['run.queued', 'run.withdrawn']);
  await planAll(minute);
  expect((await rowsOf(job.jobId)).filter(({ state, tickAt }) => state === 'queued' && tickAt > now)).toEqual(
    [],
  );

  await resume(job.slug);
  await planAll(minute);
  const ticks = unfold(await rowsOf(job.jobId));
  expect(ticks.map(({ tick }) => tick)).toEqual(expect.arrayContaining(planned.map(({ tickAt }) => tickAt)));
  const ahead = (await rowsOf(job.jobId)).filter(({ tickAt }) => tickAt > now + 30 * second);
  expect(ahead.length).toBeGreaterThan(10);
  expect(ahead.every(({ state }) => state === 'queued')).toBe(true);
});

test('ED-4 the ticks of a pause fold into one row, which grows once a minute and is told when it is closed', async () => {
  const job = await aJob(store, { schedule: { every: '1s' } });
  await pause(job.slug);
  await pausedFor(job.jobId, 30);
  await planAll(minute);
  const [begun, ...none] = await rowsOf(job.jobId);
  expect(none).toEqual([]);
  expect(begun).toMatchObject({ state: 'skipped', reason: 'paused', version: 0 });
  expect(begun?.tickCount).toBeGreaterThanOrEqual(30);
  expect(await eventTypesOf(store, begun?.id ?? '')).toEqual([]);
  expect(await theRun(store, begun?.id ?? '')).toMatchObject({
    cause: 'schedule',
    startedAt: null,
    attempt: 0,
  });

  await passes(job.jobId, 30);
  await sql(behind, [job.jobId, 30]);
  await planAll(minute);
  expect((await rowsOf(job.jobId))[0]?.tickCount).toBe(begun?.tickCount);
  await passes(job.jobId, 40);
  await sql(behind, [job.jobId, 40]);
  await planAll(minute);
  const [grown, ...others] = await rowsOf(job.jobId);
  expect(others).toEqual([]);
  expect(grown?.tickCount).toBeGreaterThanOrEqual((begun?.tickCount ?? 0) + 60);

  await resume(job.slug);
  await planAll();
  const rows = await rowsOf(job.jobId);
  expect(rows[0]).toMatchObject({ id: begun?.id, version: 1 });
  expect(await eventTypesOf(store, begun?.id ?? '')).toEqual(['run.skipped']);
  unfold(rows);
});

test('AD-5 a planner that was away tells the ticks of the pause from the others, and ends what is over', async () => {
  const job = await aJob(store, { schedule: { every: '1s', catchUp: { policy: 'all', limit: 1_000 } } });
  await pause(job.slug);
  await pausedFor(job.jobId, 500, { untilSecondsAgo: 200 });
  await planAll();
  const ticks = unfold(await rowsOf(job.jobId));
  expect(ticks.filter(({ state }) => state === 'paused')).toHaveLength(299);
  expect(ticks.slice(0, 299).every(({ state }) => state === 'paused')).toBe(true);
  expect(ticks.slice(299).every(({ state }) => state === 'queued')).toBe(true);
  expect((await getJob(store, job.slug))?.paused).toBeNull();
  expect(await eventTypesOf(store, job.jobId)).toEqual(['job.changed', 'job.paused', 'job.resumed']);
  const [event] = await sql(
    `SELECT data->>'actor' AS actor FROM events WHERE entity_id = $1 AND version = 3`,
    [job.jobId],
  );
  expect(event).toEqual({ actor: 'planner' });
});

test('AD-5 a tick after `until` is planned ahead, once those of the pause have come', async () => {
  const now = await databaseNow(store);
  const at = new Date(now + 50 * second).toISOString();
  const job = await aJob(store, { schedule: { at } });
  await pause(job.slug, now + 40 * second);
  await planAll(minute);
  expect(await rowsOf(job.jobId)).toMatchObject([{ tickAt: Date.parse(at), state: 'queued' }]);
  await pause(job.slug, now + 10 * minute);
  await planAll(minute);
  expect(await rowsOf(job.jobId)).toEqual([]);
});

test('AD-5 of many planners at the end of a pause one goes on, and one says so', async () => {
  const job = await aJob(store, { schedule: { every: '1s' } });
  const until = Math.ceil(((await databaseNow(store)) + 3_000) / second) * second;
  const paused = await pause(job.slug, until);
  const at = paused.kind === 'changed' ? (paused.job.paused?.at ?? 0) : 0;
  const planners = [store, ledger.another(), ledger.another()];
  const step = () => Promise.all(planners.map((planner) => planDueRuns(planner, minute)));
  while ((await databaseNow(store)) <= until) await step();
  await step();
  const ticks = unfold(await rowsOf(job.jobId));
  expect(ticks.length).toBeGreaterThan(50);
  for (const { tick, state } of ticks) {
    expect(state, `${tick} from ${at} to ${until}`).toBe(tick >= at && tick < until ? 'paused' : 'queued');
  }
  expect(await eventTypesOf(store, job.jobId)).toEqual(['job.changed', 'job.paused', 'job.resumed']);
});

test('a pause of a job without ticks ends by itself too', async () => {
  const job = await aJob(store);
  await pause(job.slug, (await databaseNow(store)) + minute);
  await sql(
    `UPDATE schedules SET paused_at = paused_at - interval '1 h', paused_until = paused_until - interval '30 min'
     WHERE job_id = $1`,
    [job.jobId],
  );
  expect((await getJob(store, job.slug))?.paused).toBeNull();
  await planAll(minute);
  expect(await eventTypesOf(store, job.jobId)).toEqual(['job.changed', 'job.paused', 'job.resumed']);
});

test.each(['by itself', 'by a resume'])(
  'a pause that ends %s skips what waited in it step by step, and then ends',
  async (how) => {
    const job = await aJob(store);
    await pause(job.slug, (await databaseNow(store)) + minute);
    await sql(`UPDATE schedules SET paused_at = paused_at - interval '1 h' WHERE job_id = $1`, [job.jobId]);
    const waiting = 2 * pauseSkips + 1;
    await someRuns(store, job, waiting, { cause: 'parent' });
    if (how === 'by itself') {
      await sql('UPDATE schedules SET paused_until = clock_timestamp() WHERE job_id = $1', [job.jobId]);
      expect(await planDueRuns(store, minute)).toMatchObject({ more: true });
      expect((await settledOf(job.jobId)).skipped).toBe(pauseSkips);
      await planAll(minute);
    } else await resume(job.slug);
    expect(await settledOf(job.jobId)).toEqual({ skipped: waiting, queued: 0 });
    expect(await eventTypesOf(store, job.jobId)).toEqual(['job.changed', 'job.paused', 'job.resumed']);
  },
);

test('ED-1 what is settled ahead stays, and the range of a pause does not go over it', async () => {
  const job = await aJob(store, { schedule: { every: '1s' } });
  await planAll(minute);
  const ahead = (await rowsOf(job.jobId)).find(({ tickAt }) => tickAt > Date.now() + 20_000);
  await sql(
    `UPDATE runs SET state = 'cancelled', reason = 'requested', settled_at = clock_timestamp(), version = version + 1
     WHERE id = $1`,
    [ahead?.id],
  );
  await pause(job.slug);
  expect(await rowsOf(job.jobId)).toContainEqual(
    expect.objectContaining({ id: ahead?.id, state: 'cancelled' }),
  );
  await passes(job.jobId, minute / second);
  await sql(behind, [job.jobId, minute / second]);
  await resume(job.slug);
  await planAll();
  const rows = await rowsOf(job.jobId);
  unfold(rows);
  expect(rows.filter(({ reason }) => reason === 'paused').length).toBe(2);
  expect(rows.filter(({ tickAt }) => tickAt === (ahead?.tickAt ?? 0) - minute)).toMatchObject([
    { state: 'cancelled' },
  ]);
});

test('ED-4 an edit of the document closes the range row, and the pause goes on in another', async () => {
  const job = await aJob(store, { schedule: { every: '1s' } });
  await pause(job.slug);
  await pausedFor(job.jobId, 20);
  const document = { ...job.document, name: 'edited' };
  await putJob(store, { document, actor });
  const [closed] = await rowsOf(job.jobId);
  expect(closed).toMatchObject({ reason: 'paused', version: 1 });
  expect(await eventTypesOf(store, closed?.id ?? '')).toEqual(['run.skipped']);
  while ((await rowsOf(job.jobId)).length < 2) await planDueRuns(store, minute);
  expect(await deleteJob(store, job.slug, { actor, detach: false })).toEqual({ kind: 'deleted' });
  const rows = await rowsOf(job.jobId);
  expect(rows.map(({ reason, version }) => [reason, version])).toEqual([
    ['paused', 1],
    ['paused', 1],
  ]);
  unfold(rows);
});

test('a disabled job may be paused; enabled, it is paused still', async () => {
  const job = await aJob(store, { schedule: { every: '1s' }, enabled: false });
  await pause(job.slug);
  await planAll(minute);
  expect(await rowsOf(job.jobId)).toEqual([]);
  await setJobEnabled(store, job.slug, { enabled: true, actor });
  while ((await rowsOf(job.jobId)).length === 0) await planDueRuns(store, minute);
  expect(await rowsOf(job.jobId)).toMatchObject([{ reason: 'paused' }]);
});

test('AD-5 what came before the pause runs, what comes in it does not, and a run by hand starts', async () => {
  for (const overlap of ['skip', 'allow']) {
    const job = await aJob(store, { schedule: { every: '1h' }, overlap });
    const workerId = await aWorker(store);
    const now = await databaseNow(store);
    const came = await aRun(store, job, {
      cause: 'schedule',
      key: String(now - 500),
      tickAt: now - 500,
      dueAt: now - 500,
    });
    await pause(job.slug);
    expect(await claim(store, workerId, aClaim(came)), overlap).toMatchObject({ kind: 'started' });
    await settleAttempts(store, [anEnd({ runId: came, attempt: 1, workerId })]);

    await sql('UPDATE schedules SET paused_at = paused_at - interval $$1 min$$ WHERE job_id = $1', [
      job.jobId,
    ]);
    const late = { tickAt: now - 20 * second, dueAt: now - 20 * second };
    const tick = await aRun(store, job, { cause: 'schedule', key: 'slipped in', ...late });
    expect(await claim(store, workerId, aClaim(tick)), overlap).toEqual({
      kind: 'settled',
      state: 'skipped',
    });
    expect(await theRun(store, tick)).toMatchObject({ state: 'skipped', reason: 'paused' });
    const hand = await startManualRun(store, job.slug, { key: null, actor });
    const runId = hand.kind === 'created' ? hand.run.id : '';
    expect(await claim(store, workerId, aClaim(runId)), overlap).toMatchObject({ kind: 'started' });
  }
});

test('AD-5 the child of a paused job is skipped; one with a delay by the time at which it is due', async () => {
  const parent = await aJob(store);
  const after = { job: parent.slug };
  const [child, delayed] = await Promise.all([
    aJob(store, { after }),
    aJob(store, { after: { ...after, delay: '10m' }, overlap: 'allow' }),
  ]);
  const workerId = await aWorker(store);
  const finish = async () => {
    const end = await atWork(store, parent);
    await settleAttempts(store, [end({ kind: 'exited', exitCode: 0 })]);
  };
  const childRuns = (jobId: string) =>
    sql<{ id: string; state: string; reason: string | null }>(
      'SELECT id, state, reason FROM runs WHERE job_id = $1 ORDER BY id',
      [jobId],
    );
  await finish();
  await pause(child.slug);
  await pause(delayed.slug);
  await finish();
  expect(await childRuns(child.jobId)).toMatchObject([
    { state: 'queued' },
    { state: 'skipped', reason: 'paused' },
  ]);
  const [first, second] = await childRuns(delayed.jobId);
  expect([first?.state, second?.state]).toEqual(['queued', 'queued']);

  // The first becomes due in the pause, and no worker asks; the second after it.
  await sql(`UPDATE schedules SET paused_at = clock_timestamp() - interval '1 h' WHERE job_id = $1`, [
    delayed.jobId,
  ]);
  await sql(`UPDATE runs SET due_at = clock_timestamp() - interval '1 s' WHERE id = $1`, [first?.id]);
  await resume(delayed.slug);
  expect(await theRun(store, first?.id ?? '')).toMatchObject({ state: 'skipped', reason: 'paused' });
  expect(await eventTypesOf(store, first?.id ?? '')).toEqual(['run.triggered', 'run.skipped']);
  await sql(`UPDATE runs SET due_at = clock_timestamp() - interval '1 ms' WHERE id = $1`, [second?.id]);
  expect(await claim(store, workerId, aClaim(second?.id ?? ''))).toMatchObject({ kind: 'started' });
});

test('AD-6 delete of a paused job: what waits is cancelled, what runs goes on and gets no further attempt', async () => {
  const job = await aJob(store, { schedule: { every: '1s' }, overlap: 'allow', retry: { attempts: 3 } });
  const end = await atWork(store, job);
  await pause(job.slug);
  await pausedFor(job.jobId, 10);
  const waiting = await aRun(store, job);
  expect(await deleteJob(store, job.slug, { actor, detach: false })).toEqual({ kind: 'deleted' });
  expect(await theRun(store, waiting)).toMatchObject({ state: 'cancelled', reason: 'job_deleted' });
  await settleAttempts(store, [end({ kind: 'exited', exitCode: 1 })]);
  const states = await sql<{ state: string }>('SELECT state FROM runs WHERE job_id = $1 ORDER BY state', [
    job.jobId,
  ]);
  expect(states.map(({ state }) => state)).toEqual(['cancelled', 'failed', 'skipped']);
  await planAll(minute);
  unfold(await rowsOf(job.jobId));
  expect(await eventTypesOf(store, job.jobId)).toEqual(['job.changed', 'job.paused', 'job.deleted']);
});

/** An editor that was slow comes after the end that it has asked for. */
function unlessOver(error: unknown): void {
  if (!(error instanceof PauseIsOver)) throw error;
}

test('planners at once, while a job is paused, resumed and edited, give each tick one row', async () => {
  const job = await aJob(store, { schedule: { every: '1s' } });
  const planners = Array.from({ length: 3 }, () => ledger.another());
  const editors = [ledger.another(), ledger.another()];
  let isEdited = false;
  const planning = planners.map(async (planner) => {
    while (!isEdited) await planDueRuns(planner, minute);
  });
  const edit = async (editor: Store, index: number) => {
    const until = index % 3 === 0 ? (await databaseNow(editor)) + 400 : null;
    if (index % 4 === 3)
      await putJob(editor, { document: { ...job.document, name: `name ${index}` }, actor });
    else if (index % 2 === 0)
      await pauseJob(editor, job.slug, { actor, reason: null, until }).catch(unlessOver);
    else await resumeJob(editor, job.slug, { actor });
  };
  const editing = editors.map(async (editor, first) => {
    for (let round = 0; round < 12; round++) await edit(editor, first + 3 * round);
  });
  await Promise.all(editing).finally(() => {
    isEdited = true;
  });
  await Promise.all(planning);
  await resume(job.slug);
  await planAll(minute);
  const ticks = unfold(await rowsOf(job.jobId));
  expect(ticks[0]?.tick).toBe(job.nextTickAt);
  await eventTypesOf(store, job.jobId);
  for (const { id, version } of await rowsOf(job.jobId))
    expect(await eventTypesOf(store, id)).toHaveLength(version);
});

test('planning cost follows what is paused and due, not what is paused', async () => {
  await sql(
    `WITH made AS (
       INSERT INTO jobs (id, slug, revision, version, enabled, overlap, pool)
       SELECT gen_random_uuid(), 'far-' || n, 1, 1, true, 'skip', 'default' FROM generate_series(1, 5000) AS n RETURNING id
     )
     INSERT INTO schedules (job_id, kind, next_tick_at, paused_at, paused_until)
     SELECT id, 'cron', now() + interval '1 year', now(), now() + interval '1 year' FROM made`,
  );
  await sql('ANALYZE schedules');
  const values = ['60000', '100', '60000', '2000'];
  const text = values.reduce(
    (sum, value, index) => sum.replaceAll(`$${index + 1}`, value),
    lockPausedSchedules.text,
  );
  const plan = JSON.stringify(await sql(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`));
  const passedOver = [...plan.matchAll(/"Rows Removed by [^"]+":\s*(\d+)/g)].map(([, rows]) => Number(rows));
  expect(Math.max(0, ...passedOver)).toBeLessThan(20);
  await sql('DELETE FROM schedules WHERE next_tick_at > now() + interval $$10 d$$');
});
