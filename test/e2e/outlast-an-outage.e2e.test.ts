import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { allGreen, allRed } from '../support/readiness.ts';
import { readStream } from '../support/stream.ts';
import { startTicking } from '../support/ticking.ts';

const test = fleetTest({ schedulers: 2, workers: 2 });

test('Postgres away for a while: no process ends, no turn is interrupted, no tick is lost or doubled', async ({
  fleet,
}) => {
  const { api, dir, servers } = fleet;
  const ticking = await startTicking(fleet, 'during-postgres');
  const go = join(dir, 'go');
  await api.putJob('patient', shellJob(`until [ -e ${go} ]; do sleep 0.05; done; echo done`));
  const patient = await api.startRun('patient');
  await api.started(patient);
  await ticking.more(2);

  await servers.postgres.stop();
  await allRed(fleet, 'postgres', ['scheduler', 'worker', 'api']);
  expect(await api.get('/jobs')).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
  await servers.postgres.restart();

  await allGreen(fleet);
  await ticking.more(3);
  await writeFile(go, '');
  expect(await api.settled(patient)).toMatchObject({
    state: 'succeeded',
    attempt: 1,
    attempts: [{ stdout: 'done\n' }],
  });
  await ticking.end();
});

test('Redis crashed and started again: no process ends, no tick is lost or doubled', async ({ fleet }) => {
  const { servers } = fleet;
  const ticking = await startTicking(fleet, 'during-redis');
  await ticking.more(2);

  await servers.redis.crash();
  await allRed(fleet, 'redis', ['scheduler', 'worker']);
  await servers.redis.restart();

  await allGreen(fleet);
  await ticking.more(3);
  await ticking.end();
});

test('EV-6 NATS away for a while: runs go on, and every event arrives afterwards, in the order of its run', async ({
  fleet,
}) => {
  const { api, servers } = fleet;
  const ticking = await startTicking(fleet, 'during-nats');
  await ticking.more(2);

  await servers.nats.stop();
  await allRed(fleet, 'nats', ['scheduler', 'worker', 'api']);
  await ticking.more(5);
  await api.putJob('by-hand', shellJob('true'));
  expect(await api.settled(await api.startRun('by-hand'))).toMatchObject({ state: 'succeeded' });
  await servers.nats.restart();

  await allGreen(fleet);
  await ticking.end();
  const facts = await fleet.ask<{ id: string; type: string }>(
    "SELECT entity_id || '.' || version AS id, type FROM events WHERE entity <> 'alarm'", // they may still be resolved
  );
  const known = new Map<string, string>();
  const order = new Map<string, number[]>();
  await readStream(servers.nats.url, (events) => {
    const event = events.at(-1);
    if (event !== undefined && event.entity !== 'alarm' && !known.has(event.id)) {
      known.set(event.id, event.type);
      const [entity = '', version] = event.id.split('.');
      order.set(entity, [...(order.get(entity) ?? []), Number(version)]);
    }
    return known.size >= facts.length;
  });
  expect(known).toEqual(new Map(facts.map(({ id, type }) => [id, type])));
  for (const versions of order.values()) expect(versions).toEqual(versions.map((_, index) => index + 1));
});
