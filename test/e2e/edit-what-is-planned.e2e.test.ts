import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { inMs, shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 1 });

const everySecond = { schedule: { every: '1s' } };

/** Waits until another job has had so many ticks more: time passes for this fleet. */
async function ticksOf({ api }: Fleet, clock: string, count: number): Promise<void> {
  const done = async () => (await api.runsOf(clock)).filter(({ state }) => state === 'succeeded').length;
  const before = await done();
  await waitFor(`${count} more ticks of ${clock}`, async () => (await done()) >= before + count);
}

test('ED-1 disable withdraws what is planned, no tick comes while disabled, and enable goes on from now', async ({
  fleet,
}) => {
  const { api } = fleet;
  await api.putJob('clock', shellJob('true', everySecond));
  await api.putJob('ticker', shellJob('true', everySecond));
  await ticksOf(fleet, 'ticker', 2);
  expect(
    (await api.runsOf('ticker')).some(({ state }) => state === 'queued'),
    'some are planned',
  ).toBe(true);

  expect(await api.post('/jobs/ticker/disable')).toMatchObject({ status: 200, body: { enabled: false } });
  const disabled = await waitFor('nothing of it to be open', async () => {
    const runs = await api.runsOf('ticker');
    return runs.every(({ settledAt }) => settledAt !== null) && runs;
  });
  const withdrawn = await fleet.ask<{ id: string }>(
    `SELECT entity_id AS id FROM events WHERE type = 'run.withdrawn' AND data->>'job' = 'ticker'`,
  );
  expect(withdrawn.length).toBeGreaterThan(0);
  await ticksOf(fleet, 'clock', 4);
  expect((await api.runsOf('ticker')).map(({ id }) => id)).toEqual(disabled.map(({ id }) => id));

  const [{ now: enabledAt } = { now: 0 }] = await fleet.ask<{ now: number }>(
    'SELECT clock_timestamp() AS now',
  );
  expect(await api.post('/jobs/ticker/enable')).toMatchObject({ status: 200, body: { enabled: true } });
  await ticksOf(fleet, 'ticker', 2);
  const known = new Set(disabled.map(({ id }) => id));
  const later = (await api.runsOf('ticker')).filter(({ id }) => !known.has(id));
  expect(later.filter(({ tickAt }) => Date.parse(tickAt ?? '') < enabledAt)).toEqual([]);
  expect(later.filter(({ state }) => state === 'missed' || state === 'skipped')).toEqual([]);
});

test('a changed schedule replaces the plans of the old one', async ({ fleet: { api } }) => {
  await api.putJob('mover', shellJob('true', { schedule: inMs(50_000) }));
  const [first] = await waitFor('its plan', async () => {
    const runs = await api.runsOf('mover');
    return runs.length > 0 && runs;
  });
  await api.putJob('mover', shellJob('true', { schedule: inMs(2_000) }));
  const run = await waitFor('its run', async () => {
    const runs = await api.runsOf('mover');
    expect(runs).toHaveLength(1);
    return runs[0]?.state === 'succeeded' && runs[0];
  });
  expect(run.id).not.toBe(first?.id);
});

test('delete: refused while jobs run after it, unless they are detached', async ({ fleet: { api } }) => {
  await api.putJob('mother', shellJob('true'));
  await api.putJob('daughter', shellJob('true', { after: { job: 'mother' } }));

  expect(await api.delete('/jobs/mother')).toMatchObject({
    status: 409,
    body: { code: 'job_has_children', children: ['daughter'] },
  });
  expect(await api.get('/jobs/mother')).toMatchObject({ status: 200 });
  expect(await api.delete('/jobs/mother?detach=true')).toMatchObject({ status: 204 });
  expect(await api.get('/jobs/mother')).toMatchObject({ status: 404, body: { code: 'job_not_found' } });
  const daughter = await api.get<object>('/jobs/daughter');
  expect(daughter).toMatchObject({ status: 200, body: { revision: 2 } });
  expect(daughter.body).not.toHaveProperty('after');
});

test('AD-6 delete: what waits is cancelled, what runs goes on, history stays', async ({
  fleet: { api, dir },
}) => {
  const go = join(dir, 'go');
  const script = `[ "$FLOTILLA_CAUSE" = schedule ] && exit 3; until [ -e ${go} ]; do sleep 0.05; done; echo went on`;
  const retry = { attempts: 2, delay: '1h' };
  await api.putJob('doomed', shellJob(script, { schedule: inMs(1_000), retry, overlap: 'allow' }));
  const [waiting] = await waitFor('a run to wait for its retry', async () => {
    const runs = await api.runsOf('doomed');
    return runs[0]?.failures === 1 && runs;
  });
  const running = await api.startRun('doomed');
  await api.started(running);

  expect(await api.delete('/jobs/doomed')).toMatchObject({ status: 204 });
  expect(await api.run(waiting?.id ?? '')).toMatchObject({ state: 'cancelled', reason: 'job_deleted' });
  expect(await api.run(running)).toMatchObject({ state: 'running' });
  await writeFile(go, '');
  expect(await api.settled(running)).toMatchObject({
    state: 'succeeded',
    attempts: [{ stdout: 'went on\n' }],
  });

  await api.putJob('doomed', shellJob('true'));
  expect(await api.settled(await api.startRun('doomed'))).toMatchObject({ state: 'succeeded' });
});
