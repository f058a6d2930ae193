import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { requestCancel } from './cancel.ts';
import { claimRuns } from './claim.ts';
import type { Claim, ClaimResult } from './claim-try.ts';
import type { Store } from './connect.ts';
import { putJob, setJobEnabled } from './jobs.ts';
import { settleAttempts } from './settle.ts';
import { claimUngated } from './sql/claim.ts';
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
  someRuns,
  theRun,
  untilWaiting,
} from './test-ledger.ts';
import { leaveFleet, sendBeat } from './workers.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;
const overlaps = ['skip', 'allow'] as const;

const kinds = (results: ReadonlyMap<string, ClaimResult>): string[] =>
  [...results.values()].map((result) => result.kind).sort();

/** Claims of several runs, one worker each, all at once, on connections of their own. */
function atOnce(runIds: readonly string[], stores: readonly Store[], workerIds: readonly string[]) {
  return Promise.all(
    runIds.map((runId, index) => claim(stores[index] ?? store, workerIds[index] ?? '', aClaim(runId))),
  );
}

async function claimUntilDecided(on: Store, workerId: string, one: Claim): Promise<ClaimResult> {
  for (;;) {
    const result = await claim(on, workerId, one);
    if (result.kind !== 'undecided') return result;
  }
}

test.each(overlaps)('CL-1 a due run of a job with overlap %s starts', async (overlap) => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap }), aWorker(store)]);
  const runId = await aRun(store, job);
  await sql('UPDATE runs SET handed_out_at = clock_timestamp() WHERE id = $1', [runId]);
  const one = aClaim(runId);
  const before = await theRun(store, runId);
  expect(await claim(store, workerId, one)).toEqual({
    kind: 'started',
    run: {
      runId,
      token: one.token,
      jobId: job.jobId,
      attempt: 1,
      revision: 1,
      cause: 'manual',
      tickAt: null,
      dueAt: before.dueAt,
      idempotencyKey: before.idempotencyKey,
      parentId: null,
    },
  });
  expect(await theRun(store, runId)).toMatchObject({
    state: 'running',
    workerId,
    attempts: [{ number: 1, workerId, outcome: null }],
  });
  expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.started']);
});

test.each(overlaps)('CL-2 a claim needs the attempt that was handed out (%s)', async (overlap) => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap }), aWorker(store)]);
  const runId = await aRun(store, job);
  expect(await claim(store, workerId, aClaim(runId, 1))).toEqual({ kind: 'stale' });
  expect(await theRun(store, runId)).toMatchObject({ state: 'queued', attempt: 0 });
});

test.each(overlaps)('CL-2 a run that is not due is told when it is (%s)', async (overlap) => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap }), aWorker(store)]);
  const dueAt = (await databaseNow(store)) + 60_000;
  const runId = await aRun(store, job, { dueAt });
  expect(await claim(store, workerId, aClaim(runId))).toEqual({ kind: 'notYet', dueAt });
  expect(await eventTypesOf(store, runId)).toEqual(['run.queued']);
});

test.each(overlaps)('CL-2 only a living worker starts anything (%s)', async (overlap) => {
  const [job, draining, left] = await Promise.all([aJob(store, { overlap }), aWorker(store), aWorker(store)]);
  await sendBeat(store, { workerId: draining, number: 1, inHand: 0, lagMs: 0, draining: true });
  await leaveFleet(store, left, 'stopped');
  const runId = await aRun(store, job);
  for (const workerId of [draining, left, randomUUID()]) {
    expect(await claim(store, workerId, aClaim(runId))).toEqual({ kind: 'refused' });
  }
  expect(await theRun(store, runId)).toMatchObject({ state: 'queued', attempt: 0 });
});

test.each(overlaps)('CL-3 the same token gets its run again, another one does not (%s)', async (overlap) => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap }), aWorker(store)]);
  const runId = await aRun(store, job);
  const one = aClaim(runId);
  const first = await claim(store, workerId, one);
  expect(await claim(store, workerId, one)).toEqual(first);
  expect(await claim(store, workerId, aClaim(runId))).toEqual({ kind: 'stale' });
  expect(await claim(store, await aWorker(store), one)).toEqual({ kind: 'stale' });
  expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.started']);
});

test('CL-3 a claim that commits while it is asked again gets its run', async () => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap: 'allow' }), aWorker(store)]);
  const runId = await aRun(store, job);
  const one = aClaim(runId);
  // The short way has looked before the first try was committed, the long way looks after it.
  const late: Store = {
    ...store,
    ask: async (query, values) => {
      if (query.name !== claimUngated.name) return store.ask(query, values);
      await store.ask(query, values);
      return [];
    },
  };
  expect(await claim(late, workerId, one)).toEqual({ kind: 'undecided' });
  expect(await claim(store, workerId, one)).toMatchObject({ kind: 'started', run: { runId, attempt: 1 } });
});

test('LV-6 a worker that was declared dead gets nothing again', async () => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap: 'allow' }), aWorker(store)]);
  const one = aClaim(await aRun(store, job));
  expect(await claim(store, workerId, one)).toMatchObject({ kind: 'started' });
  await sql(
    "UPDATE workers SET state = 'dead', death = 'silence', ended_at = clock_timestamp() WHERE id = $1",
    [workerId],
  );
  expect(await claim(store, workerId, one)).toEqual({ kind: 'refused' });
});

test.each(overlaps)('a run that is offered twice in one batch starts once (%s)', async (overlap) => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap }), aWorker(store)]);
  const runId = await aRun(store, job);
  const [first, second] = [aClaim(runId), aClaim(runId)];
  const result = (await claimRuns(store, workerId, [first, second])).get(runId);
  expect(result).toMatchObject({ kind: 'started', run: { token: first.token } });
  expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.started']);
});

test('AD-1 overlap skip: what is due while another run has started is skipped, allow lets it start', async () => {
  const workerId = await aWorker(store);
  for (const [overlap, kind] of [
    ['skip', 'settled'],
    ['allow', 'started'],
  ] as const) {
    const [first = '', second = ''] = await someRuns(store, await aJob(store, { overlap }), 2);
    await claim(store, workerId, aClaim(first));
    expect(await claim(store, workerId, aClaim(second))).toMatchObject({ kind });
    expect(await theRun(store, second)).toMatchObject(
      overlap === 'skip' ? { state: 'skipped', reason: 'overlap', attempt: 0 } : { state: 'running' },
    );
  }
});

test('AD-2 a run that waits for its next attempt counts as started, and is not asked again itself', async () => {
  const [job, workerId] = await Promise.all([
    aJob(store, { overlap: 'skip', retry: { attempts: 2, delay: '0s' } }),
    aWorker(store),
  ]);
  const [first = '', second = ''] = await someRuns(store, job, 2);
  await claim(store, workerId, aClaim(first));
  await settleAttempts(store, [
    anEnd({ runId: first, attempt: 1, workerId }, { kind: 'exited', exitCode: 1 }),
  ]);
  expect(await claim(store, workerId, aClaim(second))).toEqual({ kind: 'settled', state: 'skipped' });
  expect(await claim(store, workerId, aClaim(first, 1))).toMatchObject({
    kind: 'started',
    run: { attempt: 2 },
  });
});

test('TX-3 of several skip runs in one batch the first one starts', async () => {
  const [job, other, workerId] = await Promise.all([aJob(store), aJob(store), aWorker(store)]);
  const mine = await someRuns(store, job, 3);
  const theirs = await someRuns(store, other, 2);
  const claims = [...mine, ...theirs].map((runId) => aClaim(runId)).reverse();
  const results = await claimRuns(store, workerId, claims);
  const kindsOf = (runIds: readonly string[]) => runIds.map((runId) => results.get(runId)?.kind);
  expect(kindsOf(mine)).toEqual(['started', 'settled', 'settled']);
  expect(kindsOf(theirs)).toEqual(['started', 'settled']);
});

test('TX-1, GA-1 runs of one skip job that are claimed at once by several workers: one starts', async () => {
  const count = 4;
  const stores = Array.from({ length: count }, () => ledger.another());
  const workerIds = await Promise.all(stores.map(() => aWorker(store)));
  for (let round = 0; round < 40; round++) {
    const runIds = await someRuns(store, await aJob(store), count);
    const results = await atOnce(runIds, stores, workerIds);
    expect(results.map((result) => result.kind).sort()).toEqual(['settled', 'settled', 'settled', 'started']);
  }
});

test('TX-2 a locked run comes back as undecided, and holds up nobody', async () => {
  const [job, workerId] = await Promise.all([aJob(store, { overlap: 'allow' }), aWorker(store)]);
  const [locked = '', free = ''] = await someRuns(store, job, 2);
  const other = ledger.another();
  await other.transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 FROM runs WHERE id = $1 FOR NO KEY UPDATE' }, [locked]);
    const results = await claimRuns(store, workerId, [aClaim(locked), aClaim(free)]);
    expect([results.get(locked)?.kind, results.get(free)?.kind]).toEqual(['undecided', 'started']);
  });
  expect(await claim(store, workerId, aClaim(locked))).toMatchObject({ kind: 'started' });
});

test('a withdrawn, a settled and an unknown run are stale', async () => {
  const [job, workerId] = await Promise.all([aJob(store), aWorker(store)]);
  const [cancelled = '', withdrawn = ''] = await someRuns(store, job, 2);
  await requestCancel(store, cancelled);
  await sql('DELETE FROM runs WHERE id = $1', [withdrawn]);
  const claims = [cancelled, withdrawn, randomUUID()].map((runId) => aClaim(runId));
  expect(kinds(await claimRuns(store, workerId, claims))).toEqual(['stale', 'stale', 'stale']);
});

test.each(overlaps)(
  'AD-6 what slips in behind a deletion is cancelled at its claim (%s)',
  async (overlap) => {
    const [job, workerId] = await Promise.all([aJob(store, { overlap }), aWorker(store)]);
    const runId = await aRun(store, job);
    await sql('UPDATE jobs SET deleted_at = clock_timestamp() WHERE id = $1', [job.jobId]);
    expect(await claim(store, workerId, aClaim(runId))).toEqual({ kind: 'settled', state: 'cancelled' });
    expect(await theRun(store, runId)).toMatchObject({ state: 'cancelled', reason: 'job_deleted' });
    expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.cancelled']);
  },
);

/** A job of hourly ticks, and runs of its last `count` ones, as a planner wrote them in time. */
async function lateTicks(catchUp: Record<string, unknown>, count: number, overlap: string) {
  const job = await aJob(store, { overlap, schedule: { every: '1h', catchUp } });
  const now = await databaseNow(store);
  const runIds: string[] = [];
  for (let ago = count; ago >= 1; ago--) {
    const tickAt = now - ago * 3_600_000;
    runIds.push(await aRun(store, job, { cause: 'schedule', key: String(tickAt), tickAt, dueAt: tickAt }));
  }
  return { job, runIds };
}

async function admitted(runIds: readonly string[]): Promise<string[]> {
  const workerId = await aWorker(store);
  await claimRuns(
    store,
    workerId,
    runIds.map((runId) => aClaim(runId)),
  );
  const runs = await Promise.all(runIds.map((runId) => theRun(store, runId)));
  return runs.map((run) => run.reason ?? run.state);
}

test.each([
  ['none', { policy: 'none' }, ['catch_up', 'catch_up', 'catch_up', 'catch_up']],
  ['latest', { policy: 'latest' }, ['superseded', 'superseded', 'superseded', 'running']],
  ['all', { policy: 'all', limit: 3 }, ['catch_up', 'running', 'queued', 'queued']],
  ['a window', { policy: 'all', window: '150m' }, ['outside_window', 'outside_window', 'running', 'queued']],
])(
  'AD-4 what waited while no worker was there follows catch-up at its claim: %s',
  async (_, catchUp, expected) => {
    const { runIds } = await lateTicks(catchUp, 4, 'allow');
    expect(await admitted(runIds)).toEqual(expected);
  },
);

test('AD-4 a tick that the planner has not planned yet supersedes too', async () => {
  const { job, runIds } = await lateTicks({ policy: 'latest' }, 1, 'skip');
  await sql("UPDATE schedules SET next_tick_at = clock_timestamp() - interval '1 s' WHERE job_id = $1", [
    job.jobId,
  ]);
  expect(await admitted(runIds)).toEqual(['superseded']);
});

test('AD-4 a tick that has not come supersedes nothing, planned or not', async () => {
  const { job, runIds } = await lateTicks({ policy: 'latest' }, 1, 'skip');
  const tickAt = (await databaseNow(store)) + 30_000;
  await aRun(store, job, { cause: 'schedule', key: String(tickAt), tickAt, dueAt: tickAt });
  expect(await admitted(runIds)).toEqual(['running']);
});

test('AD-4 a tick that is late by less than the threshold loses nothing', async () => {
  const job = await aJob(store, { overlap: 'allow', schedule: { every: '1s', catchUp: { policy: 'none' } } });
  const now = await databaseNow(store);
  const runIds = await Promise.all(
    [50, 20, 1].map((ago) => {
      const tickAt = now - ago * 1_000;
      return aRun(store, job, { cause: 'schedule', key: String(tickAt), tickAt, dueAt: tickAt });
    }),
  );
  expect(await admitted(runIds)).toEqual(['running', 'running', 'running']);
});

test('AD-4 catch-up is asked of the first start alone', async () => {
  const { runIds } = await lateTicks({ policy: 'none' }, 1, 'allow');
  const [runId = ''] = runIds;
  await sql('UPDATE runs SET attempt = 1 WHERE id = $1', [runId]);
  expect(await claim(store, await aWorker(store), aClaim(runId, 1))).toMatchObject({ kind: 'started' });
});

test('AD-3 catch-up of the present revision holds', async () => {
  const { job, runIds } = await lateTicks({ policy: 'all' }, 2, 'allow');
  // Their ticks have come, so an edit leaves them.
  await putJob(store, {
    document: {
      ...job.document,
      schedule: aDocument({ schedule: { every: '1h', catchUp: { policy: 'none' } } }).schedule,
    },
    actor: 'test',
  });
  expect(await admitted(runIds)).toEqual(['catch_up', 'catch_up']);
});

test('GA-1 an edit from allow to skip waits for claims under way, and they for its gate', async () => {
  const stores = [ledger.another(), ledger.another()];
  const workerIds = await Promise.all(stores.map(() => aWorker(store)));
  const job = await aJob(store, { overlap: 'allow' });
  const runIds = await someRuns(store, job, 2, { cause: 'parent' });
  await sql('UPDATE schedules SET paused_at = clock_timestamp() WHERE job_id = $1', [job.jobId]);
  // While the job is paused its runs take the long way. Both claims have asked for gates, of which there is none, when the edit commits.
  const claims = await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE' }, [job.jobId]);
    const results = atOnce(runIds, stores, workerIds);
    await untilWaiting(ledger, 2);
    await session.ask({ name: '', text: "UPDATE jobs SET overlap = 'skip' WHERE id = $1" }, [job.jobId]);
    await session.ask({ name: '', text: "INSERT INTO gates VALUES ('job:' || $1)" }, [job.jobId]);
    return { results };
  });
  expect(await claims.results).toEqual([{ kind: 'undecided' }, { kind: 'undecided' }]);
  const again = await Promise.all(
    runIds.map((runId, index) =>
      claimUntilDecided(stores[index] ?? store, workerIds[index] ?? '', aClaim(runId)),
    ),
  );
  expect(again.map((result) => result.kind).sort()).toEqual(['settled', 'started']);
});

test('an edit of overlap waits for a claim that has not committed', async () => {
  const job = await aJob(store, { overlap: 'allow' });
  const edit = await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 FROM jobs WHERE id = $1 FOR KEY SHARE' }, [job.jobId]);
    const edited = putJob(store, { document: { ...job.document, overlap: 'skip' }, actor: 'test' });
    await untilWaiting(ledger, 1);
    return { edited };
  });
  expect(await edit.edited).toMatchObject({ kind: 'changed' });
});

test('a disabled job starts what somebody asked for', async () => {
  const [job, workerId] = await Promise.all([aJob(store), aWorker(store)]);
  await setJobEnabled(store, job.slug, { enabled: false, actor: 'test' });
  expect(await claim(store, workerId, aClaim(await aRun(store, job)))).toMatchObject({ kind: 'started' });
});
