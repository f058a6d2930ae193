import { expect, test } from 'vitest';
import { deleteJob } from './delete-job.ts';
import type { JobView } from './job-view.ts';
import { settleAttempts } from './settle.ts';
import { aClaim, aJob, anEnd, aRun, aWorker, claim, databaseNow, openTestLedger } from './test-ledger.ts';
import { readWhy } from './why.ts';

const ledger = await openTestLedger();
const { store } = ledger;
const minute = 60_000;

/** A job of a day ago that ticks each minute, and whose ticks are planned from now on. */
async function minutely(fields: Record<string, unknown> = {}): Promise<{ job: JobView; lastTick: number }> {
  const job = await aJob(store, { schedule: { every: '1m' }, ...fields });
  await ledger.sql("UPDATE job_revisions SET created_at = created_at - interval '1 day' WHERE job_id = $1", [
    job.jobId,
  ]);
  return { job, lastTick: Math.floor((await databaseNow(store)) / minute) * minute };
}

function aTick(job: JobView, tickAt: number, fields: object = {}): Promise<string> {
  return aRun(store, job, { cause: 'schedule', key: String(tickAt), tickAt, dueAt: tickAt, ...fields });
}

test('a tick that ran is told with its events, its worker and what it was claimed by', async () => {
  const { job, lastTick } = await minutely({ overlap: 'allow' });
  const runId = await aTick(job, lastTick);
  const workerId = await aWorker(store);
  await claim(store, workerId, aClaim(runId));
  await settleAttempts(store, [anEnd({ runId, attempt: 1, workerId })]);
  const why = await readWhy(store, job.slug, lastTick);
  expect(why).toMatchObject({
    found: 'tick',
    revision: { revision: 1, actor: 'test' },
    run: { id: runId, state: 'succeeded' },
    workers: [{ id: workerId, host: 'here', pid: 1 }],
  });
  expect(why?.because[0]).toBe('it succeeded');
  expect(why?.events.map(({ type }) => type)).toEqual(['run.queued', 'run.started', 'run.succeeded']);
});

test('a tick that was skipped names the run that was under way', async () => {
  const { job, lastTick } = await minutely();
  const [workerId, first] = [await aWorker(store), await aTick(job, lastTick - minute)];
  await claim(store, workerId, aClaim(first));
  await claim(store, workerId, aClaim(await aTick(job, lastTick)));
  const why = await readWhy(store, job.slug, lastTick);
  expect(why?.because).toEqual([
    `it was skipped: another run of its job was under way (run ${first.slice(-8)})`,
  ]);
});

test('a tick that waits for another run of its job, and one that no worker serves, say so', async () => {
  const { job, lastTick } = await minutely({ overlap: 'queue' });
  const [workerId, first] = [await aWorker(store), await aTick(job, lastTick - minute)];
  await claim(store, workerId, aClaim(first));
  await claim(store, workerId, aClaim(await aTick(job, lastTick)));
  expect((await readWhy(store, job.slug, lastTick))?.because).toEqual([
    `it waits for run ${first.slice(-8)} of its job to end`,
  ]);

  await ledger.sql("INSERT INTO pools (name) VALUES ('lonely')");
  const lonely = await minutely({ pool: 'lonely' });
  await aTick(lonely.job, lonely.lastTick, { pool: 'lonely' });
  expect((await readWhy(store, lonely.job.slug, lonely.lastTick))?.because).toEqual([
    'it is due, and no worker serves the pool "lonely"',
  ]);
});

test('a moment within a range row is told by it, one that is no tick by the last before it', async () => {
  const { job, lastTick } = await minutely();
  const from = lastTick - 10 * minute;
  const range = { tickUntil: lastTick - 5 * minute, tickCount: 6, state: 'missed', reason: 'catch_up' };
  await aTick(job, from, range);
  expect(await readWhy(store, job.slug, lastTick - 7 * minute)).toMatchObject({
    found: 'tick',
    because: [expect.stringContaining('this row stands for 6 ticks')],
  });
  const between = await readWhy(store, job.slug, lastTick - 2 * minute - 1);
  expect(between).toMatchObject({ found: 'before', run: { tickCount: 6 } });
  expect(between?.because[0]).toBe('the schedule has no tick then');
});

test('what has no row says why: not there yet, to come, not planned yet, deleted', async () => {
  const { job, lastTick } = await minutely();
  const because = async (at: number) => (await readWhy(store, job.slug, at))?.because[0];
  expect(await because(lastTick - 2 * 24 * 60 * minute)).toBe('the job was not there yet');
  expect(await because(lastTick + 10 * minute)).toContain('it is to come');
  await ledger.sql("UPDATE schedules SET next_tick_at = next_tick_at - interval '1 hour' WHERE job_id = $1", [
    job.jobId,
  ]);
  expect(await because(lastTick)).toContain('no scheduler has planned it yet');
  await deleteJob(store, job.slug, { actor: 'test', detach: false });
  expect(await because(lastTick + 10 * minute)).toBe('the job had been deleted');
  expect(await readWhy(store, 'never-there', lastTick)).toBeNull();
});
