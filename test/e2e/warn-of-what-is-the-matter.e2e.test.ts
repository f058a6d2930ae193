import type { Event } from '@flotilla/domain';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { flotilla } from '../support/flotilla.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({});

interface AlarmView {
  readonly kind: string;
  readonly subject: string;
  readonly message: string;
  readonly resolvedAt: string | null;
}

async function alarmOf({ api }: Fleet, kind: string, state: 'open' | 'resolved'): Promise<AlarmView> {
  return waitFor(`the alarm ${kind} to be ${state}`, async () => {
    const { body } = await api.get<{ items: AlarmView[] }>('/alarms?resolved=true');
    return body.items.find(
      (alarm) => alarm.kind === kind && (alarm.resolvedAt === null) === (state === 'open'),
    );
  });
}

/** Follows the live events until `stop`, and then gives those of alarms. */
async function followAlarms({ api }: Fleet): Promise<() => Promise<Event[]>> {
  const stopping = new AbortController();
  const response = await fetch(`${api.url}/api/v1/events`, {
    headers: { authorization: `Bearer ${api.token}` },
    signal: stopping.signal,
  });
  let heard = '';
  const reading = (async () => {
    for await (const piece of response.body ?? []) heard += Buffer.from(piece).toString();
  })().catch(() => undefined);
  return async () => {
    stopping.abort();
    await reading;
    const lines = heard.split('\n').filter((line) => line.startsWith('data: {"id"'));
    return lines.map((line) => JSON.parse(line.slice(6)) as Event).filter(({ entity }) => entity === 'alarm');
  };
}

async function doctor({ dir, credentials }: Fleet): Promise<string> {
  const { stdout } = await flotilla(['doctor'], { folder: dir, environment: credentials });
  return stdout;
}

test('the only worker is killed: the fleet warns, says what to do, and says when it is over', async ({
  fleet,
}) => {
  const { api } = fleet;
  const stopFollowing = await followAlarms(fleet);
  await api.putJob('waits', shellJob('true', { guarantee: 'at-least-once' }));
  await fleet.worker(0).kill('SIGKILL');
  const run = await api.startRun('waits');

  const raised = await alarmOf(fleet, 'no_worker', 'open');
  expect(raised).toMatchObject({
    subject: 'default',
    message: expect.stringContaining('no worker takes from it'),
  });
  const told = await doctor(fleet);
  expect(told).toMatch(/^wrong {2}alarm +no_worker, .*: start a worker: flotilla start worker$/m);
  expect(told).toMatch(/^wrong {2}workers +no worker/m);
  expect((await fleet.flotilla('alarms')).stdout).toMatch(/^no_worker +\S+ s +a run of the pool default/m);
  const services = fleet.crew.all().filter(({ name }) => /^(api|scheduler)/.test(name));
  for (const service of services) {
    const { status, text: body } = await service.ask('/readyz');
    expect([status, JSON.parse(body)]).toMatchObject([200, { alarms: [{ kind: 'no_worker' }] }]);
  }

  await fleet.addWorker();
  expect(await api.settled(run)).toMatchObject({ state: 'succeeded' });
  await alarmOf(fleet, 'no_worker', 'resolved');
  const ofAlarm = (event: Event) => 'kind' in event.data && event.data.kind === 'no_worker';
  await waitFor('its end to be published', async () => {
    const rows = await fleet.ask(
      "SELECT 1 FROM events WHERE type = 'alarm.resolved' AND data ->> 'kind' = 'no_worker' AND stream_seq IS NOT NULL",
    );
    return rows.length > 0;
  });
  await waitFor('the worker to be told dead', () => alarmOf(fleet, 'worker_dead', 'open'));
  const events = await stopFollowing();
  expect(events.filter(ofAlarm).map(({ type }) => type)).toEqual(['alarm.raised', 'alarm.resolved']);
});
