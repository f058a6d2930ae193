import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { requestCancel } from './cancel.ts';
import { putJob } from './jobs.ts';
import { declareDead, type Judged, judgePass } from './judge.ts';
import { recoverLostRuns } from './recover.ts';
import {
  aClaim,
  aJob,
  aRun,
  aWorker,
  beat,
  claim,
  eventTypesOf,
  openTestLedger,
  theRun,
} from './test-ledger.ts';
import { handBack, leaveFleet, listWorkers, registerWorker, sendBeat } from './workers.ts';

const { store, sql } = await openTestLedger();

/** Judge and recovery look at the whole ledger: each test begins with nobody at work. */
beforeEach(async () => {
  await sql("UPDATE workers SET state = 'left', ended_at = clock_timestamp() WHERE ended_at IS NULL");
  await recoverLostRuns(store, () => 0.5);
});

async function judged(workerId: string, addedMs: number | null): Promise<Judged> {
  const all = await judgePass(store, addedMs);
  const one = all.find((worker) => worker.id === workerId);
  if (one === undefined) throw new Error('the worker was not judged');
  return one;
}

const workerRow = async (id: string) => (await listWorkers(store)).find((worker) => worker.id === id);

/** A run at work on a new worker. */
async function working(): Promise<{ workerId: string; runId: string }> {
  const [workerId, job] = await Promise.all([aWorker(store), aJob(store)]);
  const runId = await aRun(store, job);
  expect(await claim(store, workerId, aClaim(runId))).toMatchObject({ kind: 'started' });
  return { workerId, runId };
}

test('LV-1 the number of a beat only rises', async () => {
  const workerId = await aWorker(store);
  expect(await beat(store, workerId, 5)).toMatchObject({ kind: 'alive', runs: [] });
  await beat(store, workerId, 3);
  expect(await judged(workerId, null)).toMatchObject({ beat: 5 });
});

test('LV-1 a beat hears what the ledger has at work on the worker, cancels included', async () => {
  const { workerId, runId } = await working();
  expect(await beat(store, workerId, 1)).toMatchObject({
    runs: [{ runId, attempt: 1, token: expect.any(String), cancelRequested: false }],
  });
  await requestCancel(store, runId);
  expect(await beat(store, workerId, 2)).toMatchObject({
    runs: [{ runId, attempt: 1, cancelRequested: true }],
  });
});

test('GD-4 a beat hears of a gate that a job was given while its turn is at work', async () => {
  const job = await aJob(store, { overlap: 'allow' });
  const [workerId, runId] = await Promise.all([aWorker(store), aRun(store, job)]);
  await claim(store, workerId, aClaim(runId));
  expect(await beat(store, workerId, 1)).toMatchObject({ runs: [{ runId, isGated: false }] });
  await putJob(store, { document: { ...job.document, overlap: 'skip' }, actor: 'test' });
  expect(await beat(store, workerId, 2)).toMatchObject({ runs: [{ runId, isGated: true }] });
});

test('LV-6 a worker that is dead, has left or was never there stays so, whatever it beats', async () => {
  const [dead, left] = await Promise.all([aWorker(store), aWorker(store)]);
  expect(await declareDead(store, await judged(dead, null), 'judge')).toBe(true);
  await leaveFleet(store, left, 'stopped');
  for (const workerId of [dead, left, randomUUID()]) {
    expect(await beat(store, workerId, 9)).toEqual({ kind: 'dead' });
  }
  expect(await workerRow(dead)).toMatchObject({
    state: 'dead',
    death: 'silence',
    endedWhy: 'no beat for 0.0 s, counted by judge',
  });
  await leaveFleet(store, dead, 'stopped');
  expect(await workerRow(dead)).toMatchObject({ state: 'dead' });
  expect(await workerRow(left)).toMatchObject({ state: 'left', endedWhy: 'stopped' });
});

test('CN-2 a draining worker says so, and still beats', async () => {
  const workerId = await aWorker(store);
  await sendBeat(store, { workerId, number: 1, inHand: 2, lagMs: 1.5, draining: true });
  expect(await workerRow(workerId)).toMatchObject({ state: 'draining', inHand: 2 });
  expect(await beat(store, workerId, 2)).toMatchObject({ kind: 'alive' });
});

test('CK-2 a beat tells how far the worker’s clock is off, however far that is', async () => {
  const workerId = await aWorker(store);
  const beats = { workerId, inHand: 0, lagMs: 0, draining: false };
  const skew = async () =>
    (await sql<{ ms: number }>('SELECT skew_ms AS ms FROM workers WHERE id = $1', [workerId]))[0];
  await sendBeat(store, { ...beats, number: 1, skewMs: -312.4 });
  expect(await skew()).toEqual({ ms: -312 });
  await sendBeat(store, { ...beats, number: 2, skewMs: 40 * 365 * 86_400_000 });
  expect(await skew()).toEqual({ ms: 2_147_483_647 });
});

test('LV-1 a worker whose entry had its reply lost enters once', async () => {
  const workerId = await aWorker(store);
  await beat(store, workerId, 7);
  await registerWorker(store, { id: workerId, host: 'h', pid: 1, version: '0', pools: [], slots: 1 });
  expect(await judged(workerId, null)).toMatchObject({ beat: 7 });
});

test('LV-3 silence counts only the passes in which the number did not change', async () => {
  const workerId = await aWorker(store);
  expect(await judged(workerId, 500)).toMatchObject({ silentMs: 0 });
  expect(await judged(workerId, 500)).toMatchObject({ silentMs: 500 });
  expect(await judged(workerId, 499.6)).toMatchObject({ silentMs: 1_000 });
  await beat(store, workerId, 1);
  expect(await judged(workerId, 500)).toMatchObject({ beat: 1, silentMs: 0 });
  expect(await judged(workerId, 500)).toMatchObject({ silentMs: 500 });
});

test('LV-3 a pass that does not count starts every silence anew, for an heir too', async () => {
  const workerId = await aWorker(store);
  await judged(workerId, 500);
  expect(await judged(workerId, 29_000)).toMatchObject({ silentMs: 29_000 });
  expect(await judged(workerId, null)).toMatchObject({ silentMs: 0 });
  expect(await judged(workerId, 500)).toMatchObject({ silentMs: 500 });
});

test('LV-4 a death is written only where the number is the one that was judged, and once', async () => {
  const workerId = await aWorker(store);
  const late = await judged(workerId, null);
  await beat(store, workerId, 1);
  expect(await declareDead(store, late, 'judge')).toBe(false);
  expect(await workerRow(workerId)).toMatchObject({ state: 'alive' });
  const timely = await judged(workerId, 500);
  expect(await declareDead(store, timely, 'judge')).toBe(true);
  expect(await declareDead(store, timely, 'judge')).toBe(false);
  expect((await judgePass(store, 500)).map((worker) => worker.id)).not.toContain(workerId);
});

test('CL-3, HO-3 a claim that is handed back is queued anew, at no cost but an attempt', async () => {
  const { workerId, runId } = await working();
  await handBack(store, randomUUID(), [{ runId, attempt: 1 }]);
  await handBack(store, workerId, [{ runId, attempt: 2 }]);
  expect(await theRun(store, runId)).toMatchObject({ state: 'running' });
  await handBack(store, workerId, [{ runId, attempt: 1 }]);
  await handBack(store, workerId, [{ runId, attempt: 1 }]);
  expect(await theRun(store, runId)).toMatchObject({
    state: 'queued',
    attempt: 1,
    failures: 0,
    losses: 0,
    workerId: null,
    attempts: [{ number: 1, outcome: 'handed_back' }],
  });
  const [row] = await sql('SELECT handed_out_at FROM runs WHERE id = $1', [runId]);
  expect(row).toEqual({ handed_out_at: null });
  expect(await claim(store, workerId, aClaim(runId, 1))).toMatchObject({
    kind: 'started',
    run: { attempt: 2 },
  });
  expect(await eventTypesOf(store, runId)).toEqual([
    'run.queued',
    'run.started',
    'run.requeued',
    'run.started',
  ]);
});

test('CL-3, CN-1 where a cancel is pending, handing back ends the run: it never starts', async () => {
  const { workerId, runId } = await working();
  await requestCancel(store, runId);
  await handBack(store, workerId, [{ runId, attempt: 1 }]);
  const run = await theRun(store, runId);
  expect(run).toMatchObject({ state: 'cancelled', reason: 'requested', workerId: null });
  expect(run.settledAt).not.toBeNull();
  const types = ['run.queued', 'run.started', 'run.cancel_requested', 'run.cancelled'];
  expect(await eventTypesOf(store, runId)).toEqual(types);
});
