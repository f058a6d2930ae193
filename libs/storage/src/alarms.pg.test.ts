import { type AlarmCondition, alarmRules, eventSchema, maxOpenPerKind } from '@flotilla/domain';
import { beforeEach, expect, test } from 'vitest';
import { listAlarms, listGraveAlarms, noteAlarms } from './alarms.ts';
import { listUnpublishedLanes, readUnpublished } from './events.ts';
import { pruneAlarms, pruneEvents } from './prune.ts';
import { openTestLedger } from './test-ledger.ts';

const { store, another, sql } = await openTestLedger();
const others = [another(), another(), another()];

beforeEach(async () => {
  await sql('DELETE FROM alarms');
  await sql('DELETE FROM events');
});

const noWorker: AlarmCondition = { kind: 'no_worker', subject: 'default', message: 'nobody is there' };

/** As if its condition had been seen last so much earlier. */
const age = (ms: number) => sql("UPDATE alarms SET seen_at = seen_at - $1 * interval '1 ms'", [ms]);

async function eventsOf(): Promise<{ type: string; data: unknown; version: number }[]> {
  return sql('SELECT type, version, data FROM events ORDER BY order_number');
}

test('an alarm is raised once, kept without an event, and resolved once its kind has lasted', async () => {
  expect(await noteAlarms(store, [noWorker])).toEqual({ raised: [noWorker], resolved: [] });
  const later = { ...noWorker, message: 'still nobody' };
  expect(await noteAlarms(store, [later])).toEqual({ raised: [], resolved: [] });
  expect(await listAlarms(store)).toMatchObject([{ ...later, resolvedAt: null }]);
  expect(await noteAlarms(store, [])).toEqual({ raised: [], resolved: [] });
  await age(alarmRules.no_worker.lastsMs);
  expect(await noteAlarms(store, [])).toEqual({ raised: [], resolved: [later] });
  expect(await listAlarms(store)).toEqual([]);
  expect(await listAlarms(store, { resolved: true })).toMatchObject([
    { ...later, resolvedAt: expect.any(Number) },
  ]);
  expect(await eventsOf()).toMatchObject([
    { type: 'alarm.raised', version: 1, data: { message: noWorker.message, resolvedAt: null } },
    { type: 'alarm.resolved', version: 2, data: { message: later.message } },
  ]);
});

test('one that comes again is another alarm', async () => {
  await noteAlarms(store, [noWorker]);
  await age(alarmRules.no_worker.lastsMs);
  await noteAlarms(store, []);
  await noteAlarms(store, [noWorker]);
  expect((await eventsOf()).map(({ type }) => type)).toEqual([
    'alarm.raised',
    'alarm.resolved',
    'alarm.raised',
  ]);
});

test('several who see the same at once raise it once', async () => {
  const conditions = Array.from({ length: 15 }, (_, index) => ({ ...noWorker, subject: `pool-${index}` }));
  const noted = await Promise.all([store, ...others].map((each) => noteAlarms(each, conditions)));
  expect(noted.flatMap(({ raised }) => raised)).toHaveLength(conditions.length);
  expect(await eventsOf()).toHaveLength(conditions.length);
});

test('of each kind a bounded number is open', async () => {
  const conditions = Array.from({ length: 50 }, (_, index) => ({ ...noWorker, subject: `pool-${index}` }));
  await Promise.all([store, ...others].map((each) => noteAlarms(each, conditions)));
  expect(await listAlarms(store)).toHaveLength(maxOpenPerKind);
});

test('EV-1 its events leave through the outbox, in the shape of the catalogue', async () => {
  await noteAlarms(store, [noWorker]);
  const lanes = (await sql<{ lane: number }>('SELECT DISTINCT lane FROM events')).map(({ lane }) => lane);
  expect((await listUnpublishedLanes(store)).map(({ lane }) => lane)).toEqual(expect.arrayContaining(lanes));
  await sql('INSERT INTO stream_lanes SELECT $1, epoch FROM epochs WHERE name = $2 ON CONFLICT DO NOTHING', [
    lanes[0],
    'stream',
  ]);
  const [row] = await readUnpublished(store, lanes[0] ?? 0);
  expect(eventSchema.parse(row?.event)).toMatchObject({
    entity: 'alarm',
    type: 'alarm.raised',
    data: noWorker,
  });
  expect(row?.jobId).toBeNull();
});

test('those that concern readiness are the open ones of such kinds', async () => {
  await noteAlarms(store, [noWorker, { kind: 'aof_off', subject: 'redis', message: 'it restarts empty' }]);
  expect(await listGraveAlarms(store)).toEqual([noWorker]);
});

test('an alarm of a kind that only a newer release knows is left alone', async () => {
  await sql(
    "INSERT INTO alarms (id, kind, subject, message) VALUES (gen_random_uuid(), 'unheard_of', 'x', 'y')",
  );
  await age(1e12);
  expect(await noteAlarms(store, [noWorker])).toMatchObject({ resolved: [] });
  expect(await listAlarms(store)).toMatchObject([noWorker]);
});

test('resolved ones are pruned, and their events; open ones stay', async () => {
  await noteAlarms(store, [noWorker, { ...noWorker, subject: 'gpu' }]);
  await age(alarmRules.no_worker.lastsMs);
  await noteAlarms(store, [noWorker]);
  await sql('UPDATE events SET stream_seq = 1, stream_epoch = 1');
  const later = Date.now() + 60_000;
  expect(await pruneAlarms(store, Date.now() - 60_000)).toBe(0);
  expect(await pruneAlarms(store, later)).toBe(1);
  expect(await listAlarms(store, { resolved: true })).toMatchObject([{ subject: 'default' }]);
  expect(await pruneEvents(store, later)).toBe(3);
});
