import { expect, test } from 'vitest';
import { claimRuns } from './claim.ts';
import { markHandedOut, readHandOut } from './hand-out.ts';
import type { JobView } from './job-view.ts';
import { insertNewRuns } from './new-run.ts';
import { settleAttempts } from './settle.ts';
import {
  aClaim,
  aJob,
  anEnd,
  aPool,
  aWorker,
  databaseNow,
  eventTypesOf,
  openTestLedger,
} from './test-ledger.ts';

const { store, sql } = await openTestLedger();

const minuteMs = 60_000;
/** Three hours without a worker. */
const tickCount = 180;
const slots = 20;

interface Row {
  readonly id: string;
  readonly is: string;
  readonly startedAt: number | null;
  readonly pacedAt: number | null;
}

/** Of the last tick: later than is late. */
const lateMs = 75_000;

/** The rows that a planner has written in time: a tick every minute. */
async function awayFor(job: JobView): Promise<void> {
  const now = await databaseNow(store);
  const ticks = Array.from({ length: tickCount }, (_, ago) => now - lateMs - ago * minuteMs);
  await store.transaction((session) =>
    insertNewRuns(
      session,
      ticks.map((tickAt) => ({
        jobId: job.jobId,
        cause: 'schedule',
        key: String(tickAt),
        tickAt,
        dueAt: tickAt,
        state: 'queued',
        reason: null,
        pool: job.document.pool,
        revision: job.revision,
      })),
    ),
  );
}

/** Hands out and claims as many as a worker has slots for, and ends at once what it was given. */
async function work(pool: string, workerId: string): Promise<void> {
  const handOuts = (await readHandOut(store, pool, minuteMs)).filter(({ dueAt, now }) => dueAt <= now);
  await markHandedOut(store, handOuts);
  for (let first = 0; first < handOuts.length; first += slots) {
    const claims = handOuts.slice(first, first + slots).map(({ runId, attempt }) => aClaim(runId, attempt));
    const results = await claimRuns(store, workerId, claims);
    const ends = [...results.values()].flatMap((result) =>
      result.kind === 'started' ? [anEnd({ ...result.run, workerId })] : [],
    );
    if (ends.length > 0) await settleAttempts(store, ends);
  }
}

/** What became of the ticks, oldest first. */
async function afterAnAbsence(catchUp: object, overlap: string): Promise<Row[]> {
  const pool = await aPool(store);
  const [job, workerId] = await Promise.all([
    aJob(store, { pool, overlap, schedule: { every: '1m', catchUp } }),
    aWorker(store, [pool]),
  ]);
  await awayFor(job);
  // No tick comes while the test looks.
  await sql("UPDATE schedules SET next_tick_at = next_tick_at + interval '1 day' WHERE job_id = $1", [
    job.jobId,
  ]);
  const read = () =>
    sql<Row>(
      `SELECT id, COALESCE(reason, state) AS is, started_at AS "startedAt", paced_at AS "pacedAt" FROM runs WHERE job_id = $1 ORDER BY tick_at`,
      [job.jobId],
    );
  let rows = await read();
  while (rows.some(({ is }) => ['queued', 'blocked', 'running'].includes(is))) {
    await work(pool, workerId);
    rows = await read();
  }
  expect(rows).toHaveLength(tickCount);
  return rows;
}

const times = (count: number, is: string) => Array<string>(count).fill(is);
const whatOf = (rows: readonly Row[]) => rows.map(({ is }) => is);

test.each(['skip', 'allow', 'queue'])(
  'AD-4 workers away for three hours: `latest` runs the last tick, and tells why no other (%s)',
  async (overlap) => {
    const rows = await afterAnAbsence({ policy: 'latest' }, overlap);
    expect(whatOf(rows)).toEqual([...times(tickCount - 1, 'superseded'), 'succeeded']);
  },
);

test('AD-4 workers away for three hours: `none` runs nothing that is late', async () => {
  const rows = await afterAnAbsence({ policy: 'none' }, 'skip');
  expect(whatOf(rows)).toEqual(times(tickCount, 'catch_up'));
  expect(await eventTypesOf(store, rows[0]?.id ?? '')).toEqual(['run.queued', 'run.missed']);
});

test.each(['allow', 'queue', 'skip'])(
  'AD-4 workers away for three hours: `all` runs the newest at its pace, and tells why no other (%s)',
  async (overlap) => {
    const [limit, paceMs] = [5, 200];
    const rows = await afterAnAbsence({ policy: 'all', limit, pace: `${paceMs}ms` }, overlap);
    expect(whatOf(rows)).toEqual([...times(tickCount - limit, 'catch_up'), ...times(limit, 'succeeded')]);
    const run = rows.slice(-limit).map(({ pacedAt, startedAt }) => [pacedAt ?? 0, startedAt ?? 0] as const);
    for (const [index, [pacedAt, startedAt]] of run.entries()) {
      expect(startedAt).toBeGreaterThanOrEqual(pacedAt);
      if (index > 0) expect(pacedAt - (run[index - 1]?.[0] ?? 0)).toBeGreaterThanOrEqual(paceMs);
    }
  },
);
