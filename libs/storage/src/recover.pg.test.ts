import { maxReplays } from '@flotilla/domain';
import { beforeEach, expect, test } from 'vitest';
import { requestCancel } from './cancel.ts';
import { claimRuns } from './claim.ts';
import { recoverLostRuns } from './recover.ts';
import { settleAttempts } from './settle.ts';
import {
  aClaim,
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
import { leaveFleet } from './workers.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;

/** Recovery looks at the whole ledger: each test begins with nobody at work. */
beforeEach(async () => {
  await sql("UPDATE workers SET state = 'left', ended_at = clock_timestamp() WHERE ended_at IS NULL");
  await recoverLostRuns(store, () => 0.5);
});

/** A run at work on a new worker. */
async function working(fields: Record<string, unknown> = {}) {
  const [workerId, job] = await Promise.all([aWorker(store), aJob(store, fields)]);
  const runId = await aRun(store, job);
  expect(await claim(store, workerId, aClaim(runId))).toMatchObject({ kind: 'started' });
  return { workerId, runId };
}

/** Writes the death of a worker as its guard does (GD-5) or as a judge does (LV-3). */
async function die(workerId: string, death: 'evidence' | 'silence'): Promise<void> {
  await sql(
    `UPDATE workers SET state = 'dead', death = $2, ended_at = clock_timestamp(), ended_why = 'seen by the test'
     WHERE id = $1`,
    [workerId, death],
  );
}

test('LV-5 runs at work on a worker that is dead, has left or is unknown are lost, others are not', async () => {
  const [dead, left, unknown, alive] = await Promise.all([working(), working(), working(), working()]);
  await die(dead.workerId, 'silence');
  await leaveFleet(store, left.workerId, 'stopped');
  await sql('DELETE FROM workers WHERE id = $1', [unknown.workerId]);

  expect(await recoverLostRuns(store, () => 0.5)).toEqual({ recovered: 3, more: false });
  expect(await recoverLostRuns(store, () => 0.5)).toEqual({ recovered: 0, more: false });
  for (const { runId } of [dead, left, unknown]) {
    const run = await theRun(store, runId);
    expect(run).toMatchObject({ state: 'interrupted', reason: 'worker_lost', losses: 1, failures: 0 });
    expect(run.attempts).toMatchObject([{ outcome: 'lost' }]);
    expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.started', 'run.interrupted']);
  }
  const messages = await Promise.all(
    [dead, left, unknown].map(async ({ runId }) => (await theRun(store, runId)).attempts[0]?.message),
  );
  expect(messages).toEqual([
    `worker ${dead.workerId} (here, pid 1) is dead by silence: seen by the test`,
    `worker ${left.workerId} (here, pid 1) left without settling the run: stopped`,
    `worker ${unknown.workerId} is not in the ledger`,
  ]);
  expect(await theRun(store, alive.runId)).toMatchObject({ state: 'running' });
});

test('LV-5, HO-3 what is lost at least once is due again at once and handed out anew, at the cost of a loss', async () => {
  const { workerId, runId } = await working({ guarantee: 'at-least-once' });
  await die(workerId, 'evidence');
  expect(await recoverLostRuns(store, () => 0.5)).toEqual({ recovered: 1, more: false });
  const run = await theRun(store, runId);
  expect(run).toMatchObject({
    state: 'queued',
    reason: null,
    attempt: 1,
    failures: 0,
    losses: 1,
    workerId: null,
  });
  expect(run.attempts).toMatchObject([
    {
      outcome: 'lost',
      message: `worker ${workerId} (here, pid 1) is dead by evidence: seen by the test`,
    },
  ]);
  expect(
    await sql('SELECT handed_out_at, due_at <= clock_timestamp() AS due FROM runs WHERE id = $1', [runId]),
  ).toEqual([{ handed_out_at: null, due: true }]);
  const other = await aWorker(store);
  expect(await claim(store, other, aClaim(runId, 1))).toMatchObject({ kind: 'started', run: { attempt: 2 } });
  const types = ['run.queued', 'run.started', 'run.requeued', 'run.started'];
  expect(await eventTypesOf(store, runId)).toEqual(types);
});

test('LV-7 a run that loses each of its workers is stopped after its replay cap, and tells its children', async () => {
  const { workerId, runId } = await working({ guarantee: 'at-least-once' });
  const { job } = await theRun(store, runId);
  await aJob(store, { after: { job, on: 'failure' } });
  let atWorkOn = workerId;
  for (let losses = 1; losses <= maxReplays; losses++) {
    await die(atWorkOn, losses % 2 === 0 ? 'silence' : 'evidence');
    await recoverLostRuns(store, () => 0.5);
    expect(await theRun(store, runId)).toMatchObject({ state: 'queued', losses });
    atWorkOn = await aWorker(store);
    expect(await claim(store, atWorkOn, aClaim(runId, losses))).toMatchObject({ kind: 'started' });
  }
  await die(atWorkOn, 'evidence');
  await recoverLostRuns(store, () => 0.5);
  const run = await theRun(store, runId);
  expect(run).toMatchObject({
    state: 'interrupted',
    reason: 'replay_cap',
    failures: 0,
    losses: maxReplays + 1,
  });
  expect([run.attempts.length, run.children.length]).toEqual([maxReplays + 1, 1]);
});

test('AD-2 while a lost run of a job that skips awaits its replay, the next tick is skipped and the replay runs', async () => {
  const job = await aJob(store, { guarantee: 'at-least-once', overlap: 'skip' });
  const [dead, other] = await Promise.all([aWorker(store), aWorker(store)]);
  const lost = await aRun(store, job);
  expect(await claim(store, dead, aClaim(lost))).toMatchObject({ kind: 'started' });
  const tickAt = await databaseNow(store);
  const tick = (at: number) =>
    aRun(store, job, { cause: 'schedule', key: String(at), tickAt: at, dueAt: at });
  await die(dead, 'evidence');

  const before = await tick(tickAt);
  expect(await claim(store, other, aClaim(before))).toMatchObject({ kind: 'settled', state: 'skipped' });
  await recoverLostRuns(store, () => 0.5);
  const behind = await tick(tickAt + 1);
  const results = await claimRuns(store, other, [aClaim(behind), aClaim(lost, 1)]);

  expect(results.get(behind)).toMatchObject({ kind: 'settled', state: 'skipped' });
  expect(results.get(lost)).toMatchObject({ kind: 'started', run: { attempt: 2 } });
  for (const id of [before, behind]) {
    expect(await theRun(store, id)).toMatchObject({
      state: 'skipped',
      reason: 'overlap',
      tickAt: expect.any(Number),
    });
  }
});

test('LV-7 a cancel of a lost run is done where its turn was seen gone, and cannot be where nobody looked', async () => {
  for (const guarantee of ['at-least-once', 'at-most-once']) {
    for (const [death, state, reason] of [
      ['evidence', 'cancelled', 'requested'],
      ['silence', 'interrupted', 'worker_lost'],
    ] as const) {
      const { workerId, runId } = await working({ guarantee });
      await requestCancel(store, runId);
      await die(workerId, death);
      await recoverLostRuns(store, () => 0.5);
      expect(await theRun(store, runId)).toMatchObject({ state, reason, losses: 1 });
    }
  }
});

test('CN-2 a worker that left has nothing at work: a cancel of what it did not settle is done', async () => {
  const { workerId, runId } = await working();
  await requestCancel(store, runId);
  await leaveFleet(store, workerId, 'stopped');
  await recoverLostRuns(store, () => 0.5);
  expect(await theRun(store, runId)).toMatchObject({ state: 'cancelled', reason: 'requested' });
});

test('LV-6 once its death is written a worker settles nothing more, before recovery has come too', async () => {
  const accepted = await working({ guarantee: 'at-least-once' });
  const early = anEnd({ ...accepted, attempt: 1 });
  await settleAttempts(store, [early]);
  const late = await working({ guarantee: 'at-least-once' });
  for (const { workerId } of [accepted, late]) await die(workerId, 'silence');
  const end = anEnd({ ...late, attempt: 1 });
  const results = await settleAttempts(store, [early, end]);
  expect([results.get(early.token), results.get(end.token)]).toEqual([
    { kind: 'accepted' },
    { kind: 'stale' },
  ]);
  expect(await theRun(store, late.runId)).toMatchObject({ state: 'running', attempts: [{ outcome: null }] });
  expect(await recoverLostRuns(store, () => 0.5)).toMatchObject({ recovered: 1 });
  expect(await theRun(store, late.runId)).toMatchObject({ state: 'queued', losses: 1 });
});

test('LV-6, TX-1 a death that commits while a settle waits for the run is seen by it', async () => {
  const { workerId, runId } = await working();
  const end = anEnd({ runId, workerId, attempt: 1 });
  const { settling } = await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 AS one FROM runs WHERE id = $1 FOR NO KEY UPDATE' }, [
      runId,
    ]);
    const waiting = settleAttempts(store, [end]);
    await untilWaiting(ledger, 1);
    await die(workerId, 'silence');
    return { settling: waiting };
  });
  expect((await settling).get(end.token)).toEqual({ kind: 'stale' });
});

test('LV-5 recovery settles nothing of a worker that is there', async () => {
  const { workerId, runId } = await working();
  const end = anEnd({ runId, workerId, attempt: 1 }, { kind: 'lost', message: 'not so', isGone: false });
  expect((await settleAttempts(store, [end], { settler: 'recovery' })).get(end.token)).toEqual({
    kind: 'stale',
  });
  expect(await theRun(store, runId)).toMatchObject({ state: 'running' });
});

test('two that recover at once settle each run once', async () => {
  const lost = await Promise.all(Array.from({ length: 10 }, working));
  await sql(
    "UPDATE workers SET state = 'dead', death = 'silence', ended_at = clock_timestamp() WHERE ended_at IS NULL",
  );
  const results = await Promise.all([recoverLostRuns(store, () => 0.5), recoverLostRuns(store, () => 0.5)]);
  expect(results.reduce((sum, { recovered }) => sum + recovered, 0)).toBe(10);
  for (const { runId } of lost) {
    expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.started', 'run.interrupted']);
  }
});
