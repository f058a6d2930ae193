import { type AlarmCondition, alarmRules } from '@flotilla/domain';
import { createLog } from '@flotilla/runtime';
import { listAlarms, type NotedAlarms, type Store, type UnpublishedEvent } from '@flotilla/storage';
import { openTestLedger } from '@flotilla/storage/test-ledger';
import { beforeEach, expect, test } from 'vitest';
import { createAlarmReports, reporting } from './alarm-reports.ts';
import { createLanes } from './lanes.ts';
import { logEvents } from './log-events.ts';
import { createWatch, quietMs } from './watch-fleet.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;

beforeEach(async () => {
  await sql('DELETE FROM alarms');
});

const evicting: AlarmCondition = { kind: 'eviction_policy', subject: 'redis', message: 'allkeys-lru' };

/** A replica that is past its quiet time, and sees `servers`. */
function aReplica(servers: AlarmCondition[] = [], startedMs = -quietMs) {
  const own = ledger.another();
  const { laneOf, releaseLanes } = createLanes();
  const reports = createAlarmReports();
  const noted: NotedAlarms[] = [];
  const clock = [startedMs];
  const watch = createWatch({
    store: own,
    lane: laneOf(own, 'watch'),
    reports,
    lookAtServers: () => Promise.resolve(servers),
    onNoted: (each) => noted.push(each),
    nowMs: () => clock.shift() ?? 0,
  });
  return { watch, reports, noted, servers, releaseLanes };
}

const open = async () => (await listAlarms(store)).map(({ kind, subject }) => `${kind} ${subject}`);

test('of two replicas one looks, and what it does not see any more is resolved', async () => {
  const [first, second] = [aReplica([evicting]), aReplica([evicting])];
  await Promise.all([first.watch(), second.watch()]);
  expect([...first.noted, ...second.noted].map(({ raised }) => raised.length)).toEqual([1]);
  await Promise.all([first.releaseLanes(), second.releaseLanes()]);
  second.servers.length = 0;
  await sql("UPDATE alarms SET seen_at = seen_at - $1 * interval '1 ms'", [
    alarmRules.eviction_policy.lastsMs,
  ]);
  await second.watch();
  expect(second.noted.at(-1)?.resolved).toMatchObject([{ kind: 'eviction_policy' }]);
  expect(await open()).toEqual([]);
  await second.releaseLanes();
});

test('one that has just started raises nothing that it looks for, and leaves the lane to others', async () => {
  const [young, old] = [aReplica([evicting], 0), aReplica([evicting])];
  await young.watch();
  expect(await open()).toEqual([]);
  await old.watch();
  expect(await open()).toEqual(['eviction_policy redis']);
  await old.releaseLanes();
});

test('what a replica has seen happen is told by itself, in the lane or not, and again after Postgres was away', async () => {
  const { watch, reports, noted } = aReplica([], 0);
  const log = createLog({ name: 'test', level: 'silent' });
  const events = reporting(logEvents(log), reports);
  events.queueLost(7);
  events.queueResumed('gpu');
  events.streamRewound(2);
  events.eventRefused(
    { event: { id: 'x.1', type: 'run.queued' } } as unknown as UnpublishedEvent,
    'too large',
  );
  const away = { transaction: () => Promise.reject(new Error('away')) } as unknown as Store;
  await expect(reports.tell(away)).rejects.toThrow('away');
  expect(await open()).toEqual([]);
  await watch();
  expect((await open()).toSorted()).toEqual([
    'event_refused x.1',
    'queue_paused gpu',
    'queue_was_lost redis',
    'stream_was_lost stream',
  ]);
  expect(noted.map(({ raised }) => raised.length)).toEqual([4]);
});

test('what is over is told by whoever notes something, in the lane or not', async () => {
  const old = aReplica([evicting]);
  await old.watch();
  await old.releaseLanes();
  await sql("UPDATE alarms SET seen_at = seen_at - interval '1 hour'");
  const young = aReplica([], 0);
  reporting(logEvents(createLog({ name: 'test', level: 'silent' })), young.reports).queueResumed('gpu');
  await young.watch();
  expect(young.noted.flatMap(({ resolved }) => resolved)).toMatchObject([{ kind: 'eviction_policy' }]);
});
