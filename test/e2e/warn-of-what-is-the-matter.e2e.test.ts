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

interface Followed {
  /** The types of the alarm events of a kind, as far as they were heard. */
  typesOf(kind: string): string[];
  stop(): Promise<void>;
}

/** Follows the live events, as any client of the API. */
async function followAlarms({ api }: Fleet): Promise<Followed> {
  const stopping = new AbortController();
  const response = await fetch(`${api.url}/api/v1/events`, {
    headers: { authorization: `Bearer ${api.token}` },
    signal: stopping.signal,
  });
  let heard = '';
  const reading = (async () => {
    for await (const piece of response.body ?? []) heard += Buffer.from(piece).toString();
  })().catch(() => undefined);
  return {
    typesOf: (kind) =>
      heard
        .split('\n\n')
        .slice(0, -1)
        .flatMap((frame) => /^data: (\{"id".*)$/m.exec(frame)?.[1] ?? [])
        .map((data) => JSON.parse(data) as Event)
        .filter(({ data }) => 'kind' in data && data.kind === kind)
        .map(({ type }) => type),
    async stop() {
      stopping.abort();
      await reading;
    },
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
  const live = await followAlarms(fleet);
  await api.putJob('waits', shellJob('true', { guarantee: 'at-least-once' }));
  await fleet.worker(0).kill('SIGKILL');
  const run = await api.startRun('waits');

  const raised = await alarmOf(fleet, 'no_worker', 'open');
  expect(raised).toMatchObject({
    subject: 'default',
    message: expect.stringContaining('no worker takes from it'),
  });
  const told = await doctor(fleet);
  expect(told).toMatch(
    /^wrong {2}alarm +no_worker, .*: start a worker whose FLOTILLA_POOLS names the pool: flotilla start worker$/m,
  );
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
  await alarmOf(fleet, 'worker_dead', 'open');
  await waitFor('its end to be heard', () => live.typesOf('no_worker').includes('alarm.resolved'));
  expect(live.typesOf('no_worker')).toEqual(['alarm.raised', 'alarm.resolved']);
  await live.stop();
});
