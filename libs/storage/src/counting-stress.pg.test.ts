import type { Outcome } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { admitBlocked } from './admit-blocked.ts';
import { requestCancel } from './cancel.ts';
import { claimRuns } from './claim.ts';
import type { Store } from './connect.ts';
import { isTransient, sqlState } from './errors.ts';
import { expireRuns } from './expire.ts';
import { declareDeadByEvidence } from './judge.ts';
import { recoverLostRuns } from './recover.ts';
import { settleAttempts } from './settle.ts';
import { aClaim, aJob, anEnd, aPool, aWorker, openTestLedger, someRuns } from './test-ledger.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;

const capacity = 5;
const actors = 6;
/** Of each job. */
const runCount = 10;
const patienceMs = 60_000;

const open = ['queued', 'blocked', 'running'];

const outcomes: readonly Outcome[] = [
  { kind: 'exited', exitCode: 0 },
  { kind: 'exited', exitCode: 0 },
  { kind: 'exited', exitCode: 1 },
  { kind: 'drained' },
];

function pick<T>(among: readonly T[]): T {
  const one = among[Math.floor(Math.random() * among.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

const someOpen = (on: Store, states: readonly string[], count: number) =>
  on.ask<{ id: string; attempt: number }>(
    {
      name: 'some-open',
      text: `SELECT id, attempt FROM runs WHERE state = ANY ($1) AND due_at <= clock_timestamp()
        ORDER BY random() LIMIT $2`,
    },
    [states, count],
  );

/** A worker that claims some runs and ends them, or dies with them. */
async function work(on: Store, pool: string): Promise<void> {
  const workerId = await aWorker(on, [pool]);
  try {
    await claimAndEnd(on, { pool, workerId });
  } finally {
    await bury(on, workerId);
  }
}

async function claimAndEnd(on: Store, { pool, workerId }: { pool: string; workerId: string }): Promise<void> {
  const offered = await someOpen(on, ['queued'], 12);
  const claims = offered.map(({ id, attempt }) => aClaim(id, attempt));
  const results = await claimRuns(on, workerId, claims);
  const started = [...results.values()].flatMap((result) => (result.kind === 'started' ? [result.run] : []));
  await checkCounts(on, pool);
  if (Math.random() < 0.1) return;
  const ends = started.map((run) => anEnd({ ...run, workerId }, pick(outcomes)));
  if (ends.length > 0) await settleAttempts(on, ends);
}

async function bury(on: Store, workerId: string): Promise<void> {
  await declareDeadByEvidence(on, workerId, 'seen by the test');
  await recoverLostRuns(on, Math.random);
}

/** A busy machine lets locks time out: what is to be asked again anyway. A deadlock is none of these. */
function isNoise(error: unknown): boolean {
  return isTransient(error) && sqlState(error) !== '40P01';
}

/** Never more at work than there is room for, and no two runs of a job that counts its others. */
async function checkCounts(on: Store, pool: string): Promise<void> {
  const [row] = await on.ask<{ running: number; doubles: string[] }>(
    {
      name: 'check-counts',
      text: `SELECT (SELECT count(*) FROM runs WHERE pool = $1 AND state = 'running') AS running,
        ARRAY(SELECT j.overlap FROM runs r JOIN jobs j ON j.id = r.job_id
          WHERE r.state = 'running' AND j.overlap <> 'allow' GROUP BY j.id HAVING count(*) > 1) AS doubles`,
    },
    [pool],
  );
  expect(row?.running).toBeLessThanOrEqual(capacity);
  expect(row?.doubles).toEqual([]);
}

async function cancel(on: Store): Promise<void> {
  for (const { id } of await someOpen(on, open, 1)) {
    if (Math.random() < 0.1) await requestCancel(on, id);
  }
}

test(
  'GA-1, GA-2 a capped pool of gated jobs: no deadlock, never above its capacity, nothing left blocked',
  async () => {
    const pool = await aPool(store, capacity);
    const jobs = await Promise.all(
      ['allow', 'allow', 'skip', 'queue', 'queue', 'latest', 'cancel'].map((overlap, index) =>
        aJob(store, {
          pool,
          overlap,
          priority: index % 3,
          backlog: 1_000,
          guarantee: 'at-least-once',
          retry: { attempts: 2, delay: '0s' },
        }),
      ),
    );
    for (const job of jobs) await someRuns(store, job, runCount);
    const steps: ((on: Store, pool: string) => Promise<unknown>)[] = [
      ...Array<typeof work>(4).fill(work),
      cancel,
      admitBlocked,
      expireRuns,
    ];
    const errors: unknown[] = [];
    await Promise.all(
      Array.from({ length: actors }, async () => {
        const on = ledger.another();
        while (errors.length === 0 && (await someOpen(on, open, 1)).length > 0) {
          await pick(steps)(on, pool).catch((error: unknown) => {
            if (!isNoise(error)) errors.push(error);
          });
        }
      }),
    );
    expect(errors).toEqual([]);
    const states = await sql<{ state: string; count: number }>(
      'SELECT state, count(*) AS count FROM runs GROUP BY state',
    );
    expect(states.reduce((sum, { count }) => sum + count, 0)).toBe(jobs.length * runCount);
    expect(states.map(({ state }) => state)).toEqual(
      expect.arrayContaining(['succeeded', 'skipped', 'missed']),
    );
  },
  patienceMs,
);
