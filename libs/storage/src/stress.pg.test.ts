import { randomUUID } from 'node:crypto';
import { type Outcome, overlaps } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { admitBlocked } from './admit-blocked.ts';
import { requestCancel } from './cancel.ts';
import { claimRuns } from './claim.ts';
import type { Store } from './connect.ts';
import { deleteJob } from './delete-job.ts';
import { isTransient, sqlState } from './errors.ts';
import { expireRuns } from './expire.ts';
import { markHandedOut, readHandOut } from './hand-out.ts';
import { putJob, setJobEnabled } from './jobs.ts';
import { planDueRuns } from './plan.ts';
import { settleAttempts } from './settle.ts';
import { startManualRun } from './start-manual-run.ts';
import { aClaim, aDocument, anEnd, aPool, aWorker, openTestLedger } from './test-ledger.ts';

const ledger = await openTestLedger();
const { sql, store: ownStore } = ledger;
const pools = ['default', await aPool(ownStore, 2)];
const actor = 'test';
/** So long at least, and until runs have ended in each of these ways. */
const stressMs = 4_000;
const endings = ['succeeded', 'failed', 'cancelled', 'skipped'];
const patienceMs = 60_000;

/** A short line of parents and children, edited, run and deleted by everybody at once. */
const slugs = ['first', 'second', 'third', 'fourth'] as const;

function pick<T>(among: readonly T[]): T {
  const one = among[Math.floor(Math.random() * among.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

function randomDocument() {
  const index = Math.floor(Math.random() * slugs.length);
  const after = slugs[index - 1];
  return aDocument({
    id: slugs[index],
    name: `name ${Math.random()}`,
    overlap: pick(overlaps),
    backlog: pick([1, 25]),
    pool: pick(pools),
    priority: pick([0, 0, 9]),
    ...(Math.random() < 0.2 ? { startWithin: '2s' } : {}),
    guarantee: pick(['at-most-once', 'at-least-once']),
    schedule: { every: '1s' },
    retry: { attempts: 2, delay: '0s' },
    ...(after === undefined || Math.random() < 0.3 ? {} : { after: { job: after, on: 'complete' } }),
  });
}

const outcomes: readonly Outcome[] = [
  { kind: 'exited', exitCode: 0 },
  { kind: 'exited', exitCode: 1 },
  { kind: 'drained' },
  { kind: 'cancelled' },
];

async function someIds(store: Store, states: readonly string[], count: number): Promise<string[]> {
  const text = 'SELECT id FROM runs WHERE state = ANY ($1::text[]) ORDER BY random() LIMIT $2';
  const rows = await store.ask<{ id: string }>({ name: 'some-ids', text }, [states, count]);
  return rows.map((row) => row.id);
}

const plan = (store: Store) => planDueRuns(store, 2_000);
const edit = (store: Store) => putJob(store, { document: randomDocument(), actor });
const flip = (store: Store) => setJobEnabled(store, pick(slugs), { enabled: Math.random() < 0.7, actor });
const start = (store: Store) => startManualRun(store, pick(slugs), { key: null, actor });
const remove = (store: Store) => deleteJob(store, pick(slugs), { actor, detach: true });

async function cancel(store: Store): Promise<void> {
  for (const id of await someIds(store, ['queued', 'blocked', 'running'], 1)) await requestCancel(store, id);
}

/** Which of the endings have not been seen yet. */
async function missingEndings(store: Store): Promise<string[]> {
  const text = 'SELECT DISTINCT state FROM runs WHERE state = ANY ($1::text[])';
  const seen = await store.ask<{ state: string }>({ name: 'endings', text }, [endings]);
  return endings.filter((ending) => seen.every(({ state }) => state !== ending));
}

/** A busy machine lets locks time out. A deadlock is no noise. */
function isNoise(error: unknown): boolean {
  return isTransient(error) && sqlState(error) !== '40P01';
}

async function handOut(store: Store): Promise<void> {
  await markHandedOut(store, await readHandOut(store, pick(pools), 2_000));
}

async function work(store: Store): Promise<void> {
  const workerId = await aWorker(store, pools);
  const text = 'SELECT id, attempt FROM runs WHERE id = ANY ($1::uuid[])';
  const ids = await someIds(store, ['queued'], 20);
  const rows = await store.ask<{ id: string; attempt: number }>({ name: 'attempts-of', text }, [ids]);
  const results = await claimRuns(
    store,
    workerId,
    rows.map((row) => aClaim(row.id, row.attempt)),
  );
  const started = [...results.values()].flatMap((result) => (result.kind === 'started' ? [result.run] : []));
  const ends = started.map((run) => anEnd({ ...run, workerId }, pick(outcomes)));
  await settleAttempts(store, ends);
  const again = await settleAttempts(
    store,
    ends.map((end) => ({ ...end, token: randomUUID() })),
  );
  expect([...again.values()].filter((result) => result.kind !== 'stale')).toEqual([]);
}

test(
  'planning, editing, claiming, settling, cancelling and deleting at once neither deadlock nor lose an event',
  async () => {
    const until = performance.now() + stressMs;
    let missing: readonly string[] = endings;
    const chores: ((store: Store) => Promise<unknown>)[] = [
      plan,
      plan,
      edit,
      edit,
      flip,
      start,
      start,
      remove,
      cancel,
      handOut,
      admitBlocked,
      expireRuns,
      work,
      work,
      work,
      work,
    ];
    const errors: unknown[] = [];
    let steps = 0;
    await Promise.all(
      chores.map(async (chore) => {
        const store = ledger.another();
        while (errors.length === 0 && missing.length > 0) {
          await chore(store).catch((error: unknown) => {
            if (!isNoise(error)) errors.push(error);
          });
          steps += 1;
          if (performance.now() >= until) missing = await missingEndings(store);
        }
      }),
    );
    expect(errors).toEqual([]);
    expect(steps).toBeGreaterThan(100);

    const gaps = await sql(
      `SELECT entity_id FROM events GROUP BY entity_id
     HAVING count(*) <> max(version) OR min(version) <> 1 OR array_agg(version ORDER BY order_number) <> array_agg(version ORDER BY version)`,
    );
    expect(gaps).toEqual([]);
    const untold = await sql(
      `SELECT r.id FROM runs r LEFT JOIN events e ON e.entity_id = r.id AND e.version = r.version WHERE e.version IS NULL
     UNION ALL
     SELECT j.id FROM jobs j LEFT JOIN events e ON e.entity_id = j.id AND e.version = j.version WHERE e.version IS NULL`,
    );
    expect(untold).toEqual([]);
    const lost = await sql(
      `SELECT e.entity_id FROM events e LEFT JOIN runs r ON r.id = e.entity_id
     WHERE e.entity = 'run' AND r.id IS NULL
     GROUP BY e.entity_id HAVING (array_agg(e.type ORDER BY e.version DESC))[1] <> 'run.withdrawn'`,
    );
    expect(lost).toEqual([]);
  },
  patienceMs,
);
