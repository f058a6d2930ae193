import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import { fleetTest } from '../support/fleet-test.ts';

const test = fleetTest({});
const chromium = await findProgram('chromium', 'chromium-browser', 'google-chrome');

test('a link that opens once shows a browser the queues, and nobody else', async ({ fleet }) => {
  const { api } = fleet;
  expect((await fetch(`${api.url}/queues`)).status).toBe(401);
  const { stdout } = await fleet.flotilla('login', '--json');
  const { url } = JSON.parse(stdout) as { url: string };
  const login = (link: string) =>
    fetch(`${api.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link }),
    });
  const first = await login(new URL(url).hash.slice(1));
  const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
  expect((await login(new URL(url).hash.slice(1))).status).toBe(401);
  const queues = await fetch(`${api.url}/queues/api/queues`, { headers: { cookie } });
  expect(await queues.json()).toMatchObject({ queues: [{ name: 'default', readOnlyMode: true }] });
  const pause = `${api.url}/queues/api/queues/default/pause`;
  expect((await fetch(pause, { method: 'PUT', headers: { cookie } })).status).toBe(403);
});

test.skipIf(chromium === null)('Chromium shows a queue with its run at work', async ({ fleet, skip }) => {
  if (chromium === null) return skip('there is no Chromium');
  await fleet.api.putJob('busy', shellJob('sleep 60'));
  const run = await fleet.api.startRun('busy');
  await fleet.api.started(run);
  const { stdout } = await fleet.flotilla('login', '--json');
  const { url } = JSON.parse(stdout) as { url: string };
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--virtual-time-budget=20000',
    '--dump-dom',
  ];
  const profile = `--user-data-dir=${join(fleet.dir, 'chromium')}`;
  const page = await promisify(execFile)(chromium, [...options, profile, url], { timeout: 60_000 });
  expect(page.stdout).toContain('<title>Flotilla</title>');
  expect(page.stdout).toMatch(/default/);
  expect(page.stdout).toMatch(/Active[^<]*<[^>]*>[^0-9]*1\b/i);
});

async function findProgram(...names: readonly string[]): Promise<string | null> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const path of folders.flatMap((folder) => names.map((name) => join(folder, name)))) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return null;
}
