import type { Outcome } from '@flotilla/domain';
import { claimRuns, connect, type SettleResult, StorageUnavailable, settleAttempts } from '@flotilla/storage';
import {
  aClaim,
  aJob,
  anEnd,
  aRun,
  atWork,
  aWorker,
  eventTypesOf,
  openTestLedger,
  theRun,
} from '@flotilla/storage/test-ledger';
import { afterAll, afterEach, expect, test } from 'vitest';
import { openTcpProxy } from '../support/tcp-proxy.ts';

const { url, store, sql } = await openTestLedger();
const line = await openTcpProxy(url);
const replyMs = 300;
const broken = connect({ url: line.url, applicationName: 'flotilla test', replyMs });
afterEach(() => line.pass());
afterAll(async () => {
  await broken.close();
  await line.close();
});

const succeeded: Outcome = { kind: 'exited', exitCode: 0 };

/** What commits a claim: one statement for jobs that count nobody, a transaction for the others. */
const ways = [
  { overlap: 'allow', commits: 'claim-ungated' },
  { overlap: 'skip', commits: 'commit' },
] as const;

/** Whether the statement that commits is carried out: its answer is lost, or it is. */
const losses = [
  { fault: 'swallow', done: true },
  { fault: 'hold', done: false },
  { fault: 'cut', done: false },
] as const;

const cases = ways.flatMap((way) => losses.map((loss) => ({ ...way, ...loss })));

test.each(cases)(
  'CL-3 a claim that is not answered starts its run once, done or not ($overlap, $fault)',
  async ({ overlap, commits, fault, done }) => {
    const [workerId, runId] = [await aWorker(store), await aRun(store, await aJob(store, { overlap }))];
    const claim = aClaim(runId);
    const struck = line.strikeAt(commits, fault);
    await expect(claimRuns(broken, workerId, [claim])).rejects.toBeInstanceOf(StorageUnavailable);
    await struck;
    if (fault !== 'hold') expect((await theRun(store, runId)).state).toBe(done ? 'running' : 'queued');
    line.strike('cut', 'present');

    const again = await claimRuns(broken, workerId, [claim]);
    expect(again.get(runId)).toMatchObject({ kind: 'started', run: { attempt: 1, token: claim.token } });
    const other = await claimRuns(broken, workerId, [aClaim(runId)]);
    expect(other.get(runId)).toMatchObject({ kind: 'stale' });
    expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.started']);
  },
);

test.each(losses)(
  'SE-1 a settle that is not answered counts once, done or not ($fault)',
  async ({ fault, done }) => {
    const job = await aJob(store, { overlap: 'allow' });
    const child = await aJob(store, { after: { job: job.slug } });
    const end = (await atWork(store, job))(succeeded);
    const struck = line.strikeAt('commit', fault);
    await expect(settleAttempts(broken, [end])).rejects.toBeInstanceOf(StorageUnavailable);
    await struck;
    if (fault !== 'hold') expect((await theRun(store, end.runId)).state).toBe(done ? 'succeeded' : 'running');
    line.strike('cut', 'present');

    const again = await settleAttempts(broken, [end]);
    expect(again.get(end.token)).toMatchObject({ kind: done ? 'accepted' : 'settled' });
    const rival = anEnd(end, { kind: 'exited', exitCode: 1 });
    expect((await settleAttempts(broken, [rival])).get(rival.token)).toEqual({ kind: 'stale' });
    expect(await eventTypesOf(store, end.runId)).toEqual(['run.queued', 'run.started', 'run.succeeded']);
    const children = await sql('SELECT id FROM runs WHERE job_id = $1', [child.jobId]);
    expect(children).toHaveLength(1);
  },
);

test('TX-5 after one answer that was missed no old connection is asked again', async () => {
  const ping = { name: '', text: 'SELECT pg_sleep(0.05)' };
  await Promise.all(Array.from({ length: 4 }, () => broken.ask(ping)));
  const opened = broken.connections();
  line.strike('hold', 'present');
  await expect(broken.ask(ping)).rejects.toThrow('Query read timeout');
  await broken.ask(ping);
  expect(broken.connections()).toBe(opened + 1);
});

/** Refuses the end of one attempt, as Postgres would with this SQLSTATE. */
async function refuse(runId: string, action: string): Promise<() => Promise<void>> {
  await sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.run_id = '${runId}' AND NEW.ended_at IS NOT NULL THEN ${action}; END IF; RETURN NEW; END $$`);
  await sql('CREATE TRIGGER refuse BEFORE UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION refuse()');
  return async () => {
    await sql('DROP FUNCTION refuse() CASCADE');
  };
}

const raise = (code: string) => `RAISE EXCEPTION 'refused' USING ERRCODE = '${code}'`;

/** Two ends in one batch, of which one is refused for a while. */
async function refusedBatch(action: string) {
  const job = await aJob(store, { overlap: 'allow' });
  const sick = (await atWork(store, job))(succeeded);
  const sound = (await atWork(store, job))({ kind: 'exited', exitCode: 3 });
  const mend = await refuse(sick.runId, action);
  const settle = () => settleAttempts(store, [sick, sound]);
  const answer: unknown = await settle().catch((error: unknown) => error);
  return { sick, sound, settle, mend, answer };
}

/** As the worker does: what was answered is not asked again. */
function isAnswered(result: SettleResult | undefined): boolean {
  return result !== undefined && result.kind !== 'refused';
}

test.each([
  ['disk full', raise('53100')],
  ['out of memory', raise('53200')],
  ['statement time-out', raise('57014')],
  ['lock time-out', raise('55P03')],
  ['deadlock', raise('40P01')],
  ['serialization', raise('40001')],
  ['read-only transaction', raise('25006')],
  ['a constraint of somebody’s own', raise('23514')],
  ['insufficient privilege', raise('42501')],
  ['an input or output error', raise('58030')],
  ['admin shutdown', 'PERFORM pg_terminate_backend(pg_backend_pid())'],
])(
  'SE-2 a good result is not recorded as failed for %s: the same token is asked until it is answered',
  async (_, action) => {
    const { sick, sound, settle, mend, answer } = await refusedBatch(action);
    const sickAnswer =
      answer instanceof Map ? (answer as Map<string, SettleResult>).get(sick.token) : undefined;
    expect(isAnswered(sickAnswer), 'a refusal is no answer').toBe(false);
    expect(await theRun(store, sick.runId)).toMatchObject({ state: 'running', reason: null });
    await mend();
    const results = await settle();
    expect(results.get(sick.token)).toMatchObject({ kind: 'settled', state: 'succeeded' });
    expect(isAnswered(results.get(sound.token))).toBe(true);
    expect(await theRun(store, sound.runId)).toMatchObject({ state: 'failed', reason: 'exit_code' });
    for (const { runId } of [sick, sound]) expect(await eventTypesOf(store, runId)).toHaveLength(3);
  },
);

test.each(['22P05', '22021', '54000', '54001'])(
  'SE-2 what a row’s own content makes Postgres refuse is settled as unstorable, the others as they are (%s)',
  async (code) => {
    const { sick, sound, mend, answer } = await refusedBatch(
      `IF NEW.outcome <> 'unstorable_output' THEN ${raise(code)}; END IF`,
    );
    expect(answer).toBeInstanceOf(Map);
    expect(await theRun(store, sick.runId)).toMatchObject({ state: 'failed', reason: 'unstorable_output' });
    expect(await theRun(store, sound.runId)).toMatchObject({ state: 'failed', reason: 'exit_code' });
    await mend();
  },
);

test('SE-2 a database that is read-only for a while takes every result afterwards', async () => {
  const end = (await atWork(store, await aJob(store)))(succeeded);
  const name = new URL(url).pathname.slice(1);
  await sql(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  const reader = connect({ url, applicationName: 'flotilla test' });
  const answer = await settleAttempts(reader, [end]).catch((error: unknown) => error);
  if (answer instanceof Map)
    expect(answer.get(end.token)).toMatchObject({ kind: 'refused', error: { code: '25006' } });
  else expect(answer).toMatchObject({ code: '25006' });
  await reader.close();
  await sql(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
  const results = await settleAttempts(store, [end]);
  expect(results.get(end.token)).toMatchObject({ kind: 'settled', state: 'succeeded' });
});
