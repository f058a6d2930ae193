import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinary } from '@flotilla/embedded';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({});
const chromium = await findChromium();

/** Lets a browser in once; gives the address. */
async function loginLink(fleet: Fleet): Promise<string> {
  const { stdout } = await fleet.flotilla('login', '--json');
  return (JSON.parse(stdout) as { url: string }).url;
}

async function login(fleet: Fleet, link: string): Promise<Response> {
  return fetch(`${fleet.api.url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link: new URL(link).hash.slice(1) }),
  });
}

test('a link that opens once shows a browser the queues, and nobody else', async ({ fleet }) => {
  const { api } = fleet;
  expect((await fetch(`${api.url}/queues`)).status).toBe(401);
  const link = await loginLink(fleet);
  const first = await login(fleet, link);
  const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
  expect((await login(fleet, link)).status).toBe(401);
  const queues = async () =>
    (await fetch(`${api.url}/queues/api/queues`, { headers: { cookie } })).json() as Promise<{
      queues: { name: string; readOnlyMode: boolean }[];
    }>;
  expect(await queues()).toMatchObject({ queues: [{ name: 'default', readOnlyMode: true }] });

  await api.put('/pools/later', { capacity: null });
  expect((await queues()).queues.map(({ name }) => name)).toEqual(['default', 'later']);
  expect((await api.delete('/pools/later')).status).toBe(204);
  expect((await queues()).queues.map(({ name }) => name)).toEqual(['default']);

  const pause = `${api.url}/queues/api/queues/default/pause`;
  expect((await fetch(pause, { method: 'PUT', headers: { cookie } })).status).toBe(403);
});

/** A queue with a run that waits, one at work and one that failed: its worker has one slot, and there is no other. */
async function fillPool(fleet: Fleet, pool: string): Promise<void> {
  const { api } = fleet;
  await api.put(`/pools/${pool}`, { capacity: null });
  await fleet.addWorker({ FLOTILLA_POOLS: pool, FLOTILLA_SLOTS: '1' });
  await api.putJob('broken', shellJob('exit 3', { pool }));
  await api.settled(await api.startRun('broken'));
  await api.putJob('busy', shellJob('sleep 600', { pool, overlap: 'allow' }));
  await api.started(await api.startRun('busy'));
  await api.startRun('busy');
}

interface Counted {
  readonly queues: readonly { readonly name: string; readonly counts: Readonly<Record<string, number>> }[];
}

test.skipIf(chromium === undefined)(
  'Chromium shows queues by pool: a waiting, an active and a failed job',
  async ({ fleet, skip }) => {
    if (chromium === undefined) return skip('there is no Chromium');
    await fillPool(fleet, 'browsers');
    const cookie =
      (await login(fleet, await loginLink(fleet))).headers.get('set-cookie')?.split(';')[0] ?? '';
    await waitFor('the queue to hold one of each', async () => {
      const reply = await fetch(`${fleet.api.url}/queues/api/queues`, { headers: { cookie } });
      const { queues } = (await reply.json()) as Counted;
      const counts = queues.find(({ name }) => name === 'browsers')?.counts;
      expect(counts).toMatchObject({ waiting: 1, active: 1, failed: 1 });
      return true;
    });

    const overview = await shown(fleet, chromium, '--dump-dom', await loginLink(fleet));
    expect(overview).toContain('<title>Flotilla</title>');
    expect(textOf(overview)).toMatch(/browsers.*default|default.*browsers/);
    for (const count of [/Waiting\W*1\b/i, /Active\W*1\b/i, /Failed\W*1\b/i]) {
      expect(textOf(overview)).toMatch(count);
    }
    const failures = `${fleet.api.url}/queues/queue/browsers?status=failed`;
    expect(textOf(await shown(fleet, chromium, '--dump-dom', failures))).toContain('failed: exit_code');
  },
);

/** What a page holds once its scripts have run. */
async function shown(fleet: Fleet, browser: string, output: string, url: string): Promise<string> {
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--window-size=1280,900'];
  const profile = `--user-data-dir=${join(fleet.dir, 'chromium')}`;
  const page = [...options, '--virtual-time-budget=20000', profile, output, url];
  return (await promisify(execFile)(browser, page, { timeout: 60_000, maxBuffer: 2 ** 26 })).stdout;
}

function textOf(page: string): string {
  return page
    .replaceAll(/<(script|style)[^>]*>.*?<\/\1>/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

async function findChromium(): Promise<string | undefined> {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const file = await findBinary(name, process.env['PATH'] ?? '');
    if (file !== undefined) return file;
  }
  return undefined;
}
