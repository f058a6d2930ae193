import { createLog } from '@flotilla/runtime';
import { listAlarms } from '@flotilla/storage';
import { aJob, atWork, openTestLedger } from '@flotilla/storage/test-ledger';
import { beforeEach, expect, test, vi } from 'vitest';
import { createAlarmReports } from './alarm-reports.ts';
import { logEvents } from './log-events.ts';
import { createSettling } from './settling.ts';

const { store, sql } = await openTestLedger();
const silent = logEvents(createLog({ name: 'test', level: 'silent' }));
const workerId = '0198c0de-0000-7000-8000-0000deadbeef';

beforeEach(async () => {
  await sql('DELETE FROM alarms');
});

const open = async () =>
  (await listAlarms(store)).map(({ kind, subject, message }) => ({ kind, subject, message }));

test('SE-2 a result that is not taken is an alarm with the SQLSTATE, and none of the run once it is taken', async () => {
  const reports = createAlarmReports(store, () => workerId, silent);
  const { events } = reports;
  const end = (await atWork(store, await aJob(store)))({ kind: 'exited', exitCode: 0 });
  await sql(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = '53100'; END $$`,
  );
  await sql('CREATE TRIGGER refuse BEFORE UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION refuse()');
  let stuck = 0;
  const settle = createSettling({
    store,
    stuckMs: 50,
    retryMs: 20,
    onRefused: () => undefined,
    onStuck(runId, sqlstate) {
      events.settleStuck(runId, sqlstate);
      stuck += 1;
    },
    onUnstuck: events.settleUnstuck,
    onRoom: () => undefined,
    onQueued: () => undefined,
  });
  const settled = settle(end, end.report);
  await vi.waitFor(() => expect(stuck).toBe(1));
  await reports.tell();
  expect(await open()).toEqual([
    {
      kind: 'settle_refused',
      subject: '53100',
      message: `the result of the run ${end.runId} is not taken from the worker deadbeef (SQLSTATE 53100)`,
    },
  ]);
  await sql('DROP TRIGGER refuse ON attempts');
  expect(await settled).toMatchObject({ kind: 'settled' });
  await sql("UPDATE alarms SET seen_at = seen_at - interval '1 hour'");
  await reports.tell();
  const [{ seenAt } = { seenAt: 0 }] = await listAlarms(store);
  expect(seenAt).toBeLessThan(Date.now() - 3_000_000);
});

test('LG-1 logs that are not taken for a minute are an alarm, and a hiccup is none', async () => {
  const clock = { ms: 0 };
  const reports = createAlarmReports(
    store,
    () => workerId,
    silent,
    () => clock.ms,
  );
  const { events } = reports;
  for (clock.ms = 0; clock.ms < 60_000; clock.ms += 10_000) events.logAppendFailed(new Error('disk full'));
  clock.ms -= 10_000;
  await reports.tell();
  expect(await open()).toEqual([]);
  clock.ms = 60_000;
  events.logAppendFailed(new Error('disk full'));
  await reports.tell();
  expect(await open()).toEqual([
    { kind: 'log_refused', subject: workerId, message: 'output of turns is not taken: disk full' },
  ]);
  await sql('DELETE FROM alarms');
  clock.ms = 90_000;
  await reports.tell();
  events.logAppendFailed(new Error('disk full'));
  await reports.tell();
  expect(await open()).toEqual([]);
});
