import { expect, test } from 'vitest';
import { declareDead, declareDeadByEvidence, judgePass } from './judge.ts';
import { recoverLostRuns } from './recover.ts';
import { aClaim, aJob, aRun, aWorker, beat, claim, openTestLedger, theRun } from './test-ledger.ts';
import { leaveFleet } from './workers.ts';

const { store, sql } = await openTestLedger();

async function deathOf(id: string): Promise<unknown> {
  const [row] = await sql('SELECT state, death, ended_why AS why FROM workers WHERE id = $1', [id]);
  return row;
}

test('LV-5 a death by evidence needs no silence, is written once, and what was at work is recovered', async () => {
  const [workerId, job] = await Promise.all([aWorker(store), aJob(store, { guarantee: 'at-least-once' })]);
  const runId = await aRun(store, job);
  await claim(store, workerId, aClaim(runId));
  await beat(store, workerId, 1);

  expect(await declareDeadByEvidence(store, workerId, 'its process ended')).toBe(true);
  expect(await declareDeadByEvidence(store, workerId, 'again')).toBe(false);
  expect(await deathOf(workerId)).toEqual({ state: 'dead', death: 'evidence', why: 'its process ended' });
  expect(await beat(store, workerId, 2)).toEqual({ kind: 'dead' });

  expect(await recoverLostRuns(store, () => 0.5)).toMatchObject({ recovered: 1 });
  expect(await theRun(store, runId)).toMatchObject({ state: 'queued', losses: 1 });
});

test('LV-5 who has left, or is dead already, stays as it is', async () => {
  const [left, dead] = await Promise.all([aWorker(store), aWorker(store)]);
  await leaveFleet(store, left, 'stopped');
  const judged = (await judgePass(store, null)).find(({ id }) => id === dead);
  if (judged !== undefined) await declareDead(store, judged, 'judge');
  expect(await declareDeadByEvidence(store, left, 'its process ended')).toBe(false);
  expect(await declareDeadByEvidence(store, dead, 'its process ended')).toBe(false);
  expect(await deathOf(left)).toMatchObject({ state: 'left' });
  expect(await deathOf(dead)).toMatchObject({ state: 'dead', death: 'silence' });
});
