import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { leaveLine, shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import type { RunView } from '../support/fleet-api.ts';
import { fleetTest } from '../support/fleet-test.ts';
import type { ServerName } from '../support/servers.ts';
import { readStream } from '../support/stream.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ schedulers: 2, workers: 2 });

const tickMs = 1_000;

/** A job that runs each second from now on; where its runs leave a line each is in the result. */
async function ticking({ api, dir }: Fleet, id: string): Promise<string> {
  const file = join(dir, id);
  await api.putJob(id, shellJob(leaveLine(file), { schedule: { every: '1s' }, overlap: 'allow' }));
  return file;
}

const succeeded = async ({ api }: Fleet, job: string): Promise<RunView[]> =>
  (await api.runsOf(job)).filter(({ state }) => state === 'succeeded');

/** Waits until ticks that came after now have run. */
async function moreTicks(fleet: Fleet, job: string, count: number): Promise<void> {
  const since = new Date().toISOString();
  await waitFor(`${count} ticks of ${job} from now on`, async () => {
    const runs = await succeeded(fleet, job);
    return runs.filter(({ tickAt }) => (tickAt ?? '') > since).length >= count;
  });
}

async function allRed(fleet: Fleet, server: ServerName, services: readonly string[]): Promise<void> {
  const concerned = fleet.crew
    .all()
    .filter(({ name }) => services.some((service) => name.startsWith(service)));
  await waitFor(`${services.join(', ')} to say that ${server} is away`, async () => {
    const replies = await Promise.all(concerned.map((each) => each.ask('/readyz')));
    expect(replies.map(({ status }) => status)).toEqual(concerned.map(() => 503));
    for (const { text } of replies) expect(JSON.parse(text)).toHaveProperty(['red', server]);
    return true;
  });
}

async function allGreen(fleet: Fleet): Promise<void> {
  await waitFor('every service to be ready again', async () => {
    const replies = await Promise.all(fleet.crew.all().map((each) => each.ask('/readyz')));
    expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
    return true;
  });
  expect(fleet.crew.all().filter((each) => each.ended() !== undefined)).toEqual([]);
}

/** Ends the ticking. Every tick since its first has one row, and each run that succeeded left one line. */
async function noTickLostOrDoubled({ api }: Fleet, job: string, file: string): Promise<void> {
  await api.post(`/jobs/${job}/disable`);
  const runs = await waitFor(`no run of ${job} to be open`, async () => {
    const all = await api.runsOf(job);
    return all.every(({ settledAt }) => settledAt !== null) && all;
  });
  const ticks = runs.map(({ tickAt }) => Date.parse(tickAt ?? '')).sort((one, other) => one - other);
  const [first = 0] = ticks;
  expect(ticks).toEqual(ticks.map((_, index) => first + index * tickMs));
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(new Set(lines).size).toBe(lines.length);
  const left = runs.filter(({ state }) => state === 'succeeded').map(({ id }) => id);
  expect(new Set(lines)).toEqual(new Set(left));
}

test('Postgres away for a while: no process ends, no turn is interrupted, no tick is lost or doubled', async ({
  fleet,
}) => {
  const { api, dir, servers } = fleet;
  const file = await ticking(fleet, 'during-postgres');
  const go = join(dir, 'go');
  await api.putJob('patient', shellJob(`until [ -e ${go} ]; do sleep 0.05; done; echo done`));
  const patient = await api.startRun('patient');
  await api.started(patient);
  await moreTicks(fleet, 'during-postgres', 2);

  await servers.postgres.stop();
  await allRed(fleet, 'postgres', ['scheduler', 'worker', 'api']);
  expect(await api.get('/jobs')).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
  await servers.postgres.restart();

  await allGreen(fleet);
  await moreTicks(fleet, 'during-postgres', 3);
  await writeFile(go, '');
  expect(await api.settled(patient)).toMatchObject({
    state: 'succeeded',
    attempt: 1,
    attempts: [{ stdout: 'done\n' }],
  });
  await noTickLostOrDoubled(fleet, 'during-postgres', file);
});

test('Redis crashed and started again: no process ends, no tick is lost or doubled', async ({ fleet }) => {
  const { servers } = fleet;
  const file = await ticking(fleet, 'during-redis');
  await moreTicks(fleet, 'during-redis', 2);

  await servers.redis.crash();
  await allRed(fleet, 'redis', ['scheduler', 'worker']);
  await servers.redis.restart();

  await allGreen(fleet);
  await moreTicks(fleet, 'during-redis', 3);
  await noTickLostOrDoubled(fleet, 'during-redis', file);
});

test('EV-6 NATS away for a while: runs go on, and every event arrives afterwards, in the order of its run', async ({
  fleet,
}) => {
  const { api, servers } = fleet;
  const file = await ticking(fleet, 'during-nats');
  await moreTicks(fleet, 'during-nats', 2);

  await servers.nats.stop();
  await allRed(fleet, 'nats', ['scheduler', 'worker', 'api']);
  await moreTicks(fleet, 'during-nats', 5);
  await api.putJob('by-hand', shellJob('true'));
  expect(await api.settled(await api.startRun('by-hand'))).toMatchObject({ state: 'succeeded' });
  await servers.nats.restart();

  await allGreen(fleet);
  await noTickLostOrDoubled(fleet, 'during-nats', file);
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
