import { horizonMs } from '@flotilla/domain';
import type { PlanResult } from '@flotilla/storage';
import { aJob, openTestLedger } from '@flotilla/storage/test-ledger';
import { expect, test } from 'vitest';
import { createPlanning } from './plan-due-runs.ts';

const { store, another, sql } = await openTestLedger();

test('replicas that plan the same minute plan each tick once', async () => {
  const jobs = await Promise.all(
    Array.from({ length: 30 }, () => aJob(store, { schedule: { every: '5s' }, overlap: 'allow' })),
  );
  let planned = 0;
  const replicas = [store, another(), another()].map((own) =>
    createPlanning(own, (result) => {
      planned += result.planned;
    }),
  );
  for (let looks = 0; looks < 3; looks++) await Promise.all(replicas.map((plan) => plan()));

  const rows = await sql<{ id: string; ticks: number; distinct: number; until: number }>(
    `SELECT r.job_id AS id, count(*) AS ticks, count(DISTINCT r.tick_at) AS distinct, max(r.tick_at) AS until
     FROM runs r GROUP BY r.job_id`,
  );
  expect(rows).toHaveLength(jobs.length);
  for (const { ticks, distinct } of rows) {
    expect(ticks).toBe(distinct);
    expect(ticks).toBeGreaterThanOrEqual(horizonMs / 5_000);
  }
  expect(planned).toBe(rows.reduce((sum, { ticks }) => sum + ticks, 0));
  const waiting = await sql(
    'SELECT 1 FROM schedules WHERE next_tick_at <= clock_timestamp() + interval $$59 s$$',
  );
  expect(waiting).toEqual([]);
});

test('a planner with nothing to do says nothing', async () => {
  const told: PlanResult[] = [];
  const plan = createPlanning(store, (result) => told.push(result));
  while ((await plan()) === 'more');
  told.length = 0;
  await sql('UPDATE schedules SET next_tick_at = NULL');
  expect(await plan()).toBe('idle');
  expect(told).toEqual([]);
});
