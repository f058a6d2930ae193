import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { StorageUnavailable } from './errors.ts';
import { getJob } from './job-view.ts';
import { putJob } from './jobs.ts';
import { planBounds, planDueRuns } from './plan.ts';
import { lockDueSchedules } from './sql/plan.ts';
import { aJob, databaseNow, eventTypesOf, openTestLedger } from './test-ledger.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;
const minute = 60_000;
const hour = 60 * minute;

/** Each test has the planner for its own jobs. */
beforeEach(async () => {
  await sql('UPDATE schedules SET next_tick_at = NULL');
});

interface Row {
  readonly id: string;
  readonly tickAt: number;
  readonly tickUntil: number | null;
  readonly tickCount: number;
  readonly dueAt: number;
  readonly state: string;
  readonly reason: string | null;
}

const rowsOf = (jobId: string) =>
  sql<Row>(
    `SELECT id, tick_at AS "tickAt", tick_until AS "tickUntil", tick_count AS "tickCount", due_at AS "dueAt", state, reason
     FROM runs WHERE job_id = $1 AND cause = 'schedule' ORDER BY tick_at`,
    [jobId],
  );

/** As if no planner had been there for so long. */
const awayFor = (jobId: string, ms: number) =>
  sql(
    `UPDATE schedules SET next_tick_at = to_timestamp((floor(extract(epoch FROM clock_timestamp())) * 1000 - $2) / 1000)
     WHERE job_id = $1`,
    [jobId, ms],
  );

async function planAll(horizonMs = 0): Promise<number> {
  let planned = 0;
  for (;;) {
    const step = await planDueRuns(store, horizonMs);
    planned += step.planned;
    if (!step.more) return planned;
  }
}

test('ticks before the horizon become queued runs, and the cursor goes behind them', async () => {
  const job = await aJob(store, { schedule: { every: '10s' } });
  await planAll(minute);
  const now = await databaseNow(store);
  const rows = await rowsOf(job.jobId);
  const [cursor] = await sql<{ at: number }>('SELECT next_tick_at AS at FROM schedules WHERE job_id = $1', [
    job.jobId,
  ]);
  expect(rows.map((row) => row.tickAt)).toEqual(
    Array.from({ length: rows.length }, (_, index) => (job.nextTickAt ?? 0) + index * 10_000),
  );
  expect(rows.length).toBeGreaterThanOrEqual(6);
  expect(cursor?.at).toBeGreaterThan(now + 40_000);
  expect(cursor?.at).toBe((rows.at(-1)?.tickAt ?? 0) + 10_000);
  expect(rows.every((row) => row.state === 'queued' && row.dueAt === row.tickAt)).toBe(true);
  for (const { id } of rows) expect(await eventTypesOf(store, id)).toEqual(['run.queued']);
  expect(await planAll(minute)).toBeLessThanOrEqual(1);
});

test('ID-1 planners at once give each tick once', async () => {
  const jobs = await Promise.all(
    Array.from({ length: 20 }, () => aJob(store, { schedule: { every: '1s' } })),
  );
  const planners = Array.from({ length: 4 }, () => ledger.another());
  const steps = await Promise.all(
    planners.flatMap((planner) => [planDueRuns(planner, 30_000), planDueRuns(planner, 30_000)]),
  );
  expect(steps.reduce((sum, step) => sum + step.planned, 0)).toBeGreaterThan(0);
  await planAll(30_000);
  for (const { jobId } of jobs) {
    const ticks = (await rowsOf(jobId)).map((row) => row.tickAt);
    expect(ticks).toEqual(ticks.map((_, index) => (ticks[0] ?? 0) + index * 1_000));
  }
});

test('a planner passes over a job that another one holds', async () => {
  const [held, free] = await Promise.all([
    aJob(store, { schedule: { every: '1h' } }),
    aJob(store, { schedule: { every: '1h' } }),
  ]);
  await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 FROM schedules WHERE job_id = $1 FOR NO KEY UPDATE' }, [
      held.jobId,
    ]);
    await planAll(hour);
  });
  expect(await rowsOf(held.jobId)).toEqual([]);
  expect(await rowsOf(free.jobId)).toHaveLength(1);
});

test('TX-5 a planner that stands still within its transaction lets go of its jobs', async () => {
  const { jobId } = await aJob(store, { schedule: { every: '1s' } });
  await awayFor(jobId, 3_000);
  const frozen = ledger.another().transaction(async (session) => {
    await session.ask(lockDueSchedules, [0, 100]);
    expect(await planAll()).toBe(0);
    while ((await planAll()) === 0) await sleep(100);
    await session.ask(lockDueSchedules, [0, 100]);
  });
  await expect(frozen).rejects.toBeInstanceOf(StorageUnavailable);
  expect((await rowsOf(jobId)).length).toBeGreaterThan(0);
});

test('one step takes on so many rows, and says that there are more', async () => {
  const jobs = await Promise.all(
    Array.from({ length: 12 }, () => aJob(store, { schedule: { every: '1s', catchUp: { policy: 'all' } } })),
  );
  await Promise.all(jobs.map((job) => awayFor(job.jobId, 99_000)));
  expect(await planDueRuns(store, 0)).toMatchObject({ planned: planBounds.runs, more: true });
  await planAll();
  for (const { jobId } of jobs) expect((await rowsOf(jobId)).length).toBeGreaterThanOrEqual(100);
});

test('one step computes so many ticks, however far behind how many jobs are', async () => {
  const jobs = await Promise.all(Array.from({ length: 4 }, () => aJob(store, { schedule: { every: '1s' } })));
  await Promise.all(jobs.map((job) => awayFor(job.jobId, planBounds.ticks * 600)));
  expect(await planDueRuns(store, 0)).toMatchObject({ more: true });
  const planned = await Promise.all(jobs.map((job) => rowsOf(job.jobId)));
  expect(planned.filter((rows) => rows.length > 0)).toHaveLength(2);
  await planAll();
  for (const { jobId } of jobs) expect((await rowsOf(jobId)).at(-1)).toMatchObject({ state: 'queued' });
});

test('catch-up: each tick of the time without a planner has its row, or is counted in one', async () => {
  const policies = {
    latest: { policy: 'latest' },
    none: { policy: 'none' },
    all: { policy: 'all', limit: 5 },
    window: { policy: 'all', window: '3m', limit: 1_000 },
  };
  const jobs = await Promise.all(
    Object.values(policies).map((catchUp) => aJob(store, { schedule: { every: '1s', catchUp } })),
  );
  const awayMs = 20 * minute;
  await Promise.all(jobs.map((job) => awayFor(job.jobId, awayMs)));
  await planAll();
  const reasons = await Promise.all(
    jobs.map(async ({ jobId }) => {
      const rows = await rowsOf(jobId);
      const last = rows.at(-1);
      const ticks = ((last?.tickUntil ?? last?.tickAt ?? 0) - (rows[0]?.tickAt ?? 0)) / 1_000 + 1;
      expect(rows.reduce((sum, row) => sum + row.tickCount, 0)).toBe(ticks);
      expect(ticks).toBeGreaterThan(awayMs / 1_000);
      return [...new Set(rows.map((row) => row.reason ?? row.state))];
    }),
  );
  expect(reasons).toEqual([
    ['superseded', 'queued'],
    ['catch_up', 'queued'],
    ['catch_up', 'queued'],
    ['outside_window', 'queued'],
  ]);
});

/** A document as only a mistake or an older release can have left it. */
const breakSchedule = (jobId: string) =>
  sql(
    `UPDATE job_revisions SET document = jsonb_set(document, '{schedule,zone}', '"Mars/Olympus"') WHERE job_id = $1`,
    [jobId],
  );

test('a job whose schedule cannot be computed is blocked and delays nobody; an edit heals it', async () => {
  const [broken, sound] = await Promise.all([
    aJob(store, { schedule: { cron: '* * * * *', zone: 'Europe/Berlin' } }),
    aJob(store, { schedule: { every: '1s' } }),
  ]);
  await breakSchedule(broken.jobId);
  await awayFor(broken.jobId, 5 * minute);
  await awayFor(sound.jobId, 0);
  const { blocked } = await planDueRuns(store, 0);
  expect(blocked).toEqual([broken.jobId]);
  expect(await rowsOf(sound.jobId)).toHaveLength(1);
  const seen = await getJob(store, broken.slug);
  expect(seen).toMatchObject({ nextTickAt: null });
  expect(seen?.blockedWhy).toContain('Mars/Olympus');
  expect(await planDueRuns(store, 0)).toMatchObject({ blocked: [] });

  const healed = await putJob(store, { document: { ...broken.document, name: 'healed' }, actor: 'test' });
  expect(healed).toMatchObject({ kind: 'changed', job: { blockedWhy: null } });
  const [range, ...rest] = await rowsOf(broken.jobId);
  expect(rest).toEqual([]);
  expect(range).toMatchObject({ state: 'missed', reason: 'blocked_config' });
  expect((range?.tickUntil ?? 0) - (range?.tickAt ?? 0)).toBeGreaterThanOrEqual(5 * minute);
  expect(await eventTypesOf(store, broken.jobId)).toEqual(['job.changed', 'job.blocked', 'job.changed']);
});

test('planning cost follows what is due, not what exists', async () => {
  await sql(
    `WITH made AS (
       INSERT INTO jobs (id, slug, revision, version, enabled, overlap, pool)
       SELECT gen_random_uuid(), 'far-' || n, 1, 1, true, 'skip', 'default' FROM generate_series(1, 5000) AS n RETURNING id
     )
     INSERT INTO schedules (job_id, kind, next_tick_at) SELECT id, 'cron', now() + interval '1 year' FROM made`,
  );
  await sql('ANALYZE schedules');
  const text = lockDueSchedules.text.replace('$1', '0').replace('$2', '100');
  const plan = JSON.stringify(await sql(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`));
  const passedOver = [...plan.matchAll(/"Rows Removed by Filter":\s*(\d+)/g)].map(([, rows]) => Number(rows));
  expect(Math.max(0, ...passedOver)).toBeLessThan(10);
});
