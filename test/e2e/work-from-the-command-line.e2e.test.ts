import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@flotilla/embedded';
import { expect } from 'vitest';
import type { Fleet } from '../support/fleet.ts';
import type { RunDetail, RunView } from '../support/fleet-api.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { flotilla } from '../support/flotilla.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 1 });

const files = {
  'parents.toml': `
[[jobs]]
id = "parent"
turn = { shell = "echo from toml" }
`,
  'children.yaml': `
jobs:
  - id: child
    after: { job: parent }
    turn: { argv: [echo, from yaml] }
`,
  'single.json': JSON.stringify({ id: 'failing', turn: { shell: 'echo no >&2; exit 3' } }),
};

/** Children first: the command itself sees to it that parents come before them. */
const fileWords = ['-f', 'children.yaml', 'parents.toml', 'single.json'];

async function writeFiles({ dir }: Fleet): Promise<void> {
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(dir, name), text)));
}

test('init migrates an empty database from any folder, and shows the admin token once', async ({ fleet }) => {
  const { dir, servers } = fleet;
  await fleet.ask('CREATE DATABASE another');
  const url = Object.assign(new URL(servers.postgres.url), { pathname: '/another' }).href;
  await writeFile(join(dir, 'another-url'), url, { mode: 0o600 });
  const environment = { DATABASE_URL_FILE: join(dir, 'another-url') };

  const migrated = await flotilla(['migrate'], { folder: '/', environment });
  expect(migrated).toMatchObject({ code: 0, stderr: '' });
  expect((await flotilla(['migrate'], { folder: dir, environment })).stdout).toBe(
    'the database is up to date\n',
  );
  const first = await flotilla(['init'], { folder: '/', environment });
  expect(first.stdout).toMatch(/admin token, shown only now: flotilla_\S{40,}/);
  const second = await flotilla(['init'], { folder: '/', environment });
  expect(second).toMatchObject({ code: 0, stdout: expect.not.stringMatching(/flotilla_\S{40,}/) });
});

test('apply takes TOML, YAML and JSON, parents first, and a second time changes nothing', async ({
  fleet,
}) => {
  await writeFiles(fleet);
  const first = await fleet.flotilla('jobs', 'apply', ...fileWords, '--json');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(first.stdout)).toMatchObject({
    items: [
      { id: 'parent', change: 'created' },
      { id: 'child', change: 'created' },
      { id: 'failing', change: 'created' },
    ],
  });

  const second = JSON.parse((await fleet.flotilla('jobs', 'apply', ...fileWords, '--json')).stdout);
  expect(second.items.map(({ change }: { change: string }) => change)).toEqual(Array(3).fill('unchanged'));

  const changed = files['parents.toml'].replace('echo', 'printf %s');
  await writeFile(join(fleet.dir, 'parents.toml'), changed);
  const third = JSON.parse((await fleet.flotilla('jobs', 'apply', ...fileWords, '--json')).stdout);
  expect(third.items).toMatchObject([
    { id: 'parent', change: 'changed', revision: 2, changed: ['turn.shell'] },
    { change: 'unchanged' },
    { change: 'unchanged' },
  ]);
});

test('run --wait, show, logs and cancel, by a job or the end of an id', async ({ fleet }) => {
  const add = await fleet.flotilla('jobs', 'add', 'hello', '--', 'echo', 'hello', 'world');
  expect(add).toMatchObject({ code: 0, stderr: '' });
  const waited = await fleet.flotilla('jobs', 'run', 'hello', '--wait', '--json');
  expect(waited).toMatchObject({ code: 0, stderr: '' });
  const run = JSON.parse(waited.stdout) as RunDetail;
  expect(run).toMatchObject({ job: 'hello', state: 'succeeded' });

  const shown = await fleet.flotilla('runs', 'show', run.id.slice(-8), '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({ id: run.id, attempts: [{ stdout: 'hello world\n' }] });
  await waitFor(
    'the log',
    async () => (await fleet.flotilla('runs', 'logs', 'hello')).stdout === 'hello world\n',
  );
  expect((await fleet.flotilla('runs', 'logs', run.id.slice(-8))).stdout).toBe('hello world\n');
  const list = await fleet.flotilla('runs', 'list', '--job', 'hello');
  expect(list.stdout).toMatch(new RegExp(`${run.id.slice(-8)} +hello +succeeded`));

  await fleet.flotilla('jobs', 'add', 'long', '--', 'sleep', '300');
  const { id } = JSON.parse((await fleet.flotilla('jobs', 'run', 'long', '--json')).stdout) as RunView;
  await fleet.api.started(id);
  const cancelled = await fleet.flotilla('runs', 'cancel', id.slice(-8), '--wait', '--json');
  expect(JSON.parse(cancelled.stdout)).toMatchObject({ id, state: 'cancelled', reason: 'requested' });
});

test('the exit code says how it went, and stderr in one line what to do', async ({ fleet }) => {
  const { dir, api } = fleet;
  await writeFiles(fleet);
  await fleet.flotilla('jobs', 'apply', ...fileWords);
  const calls: [number, RegExp, string[]][] = [
    [0, /^$/, ['jobs', 'list']],
    [1, /failing failed.*exit_code.*flotilla runs logs/, ['jobs', 'run', 'failing', '--wait']],
    [2, /unknown option.*--wiat.*--wait/, ['jobs', 'run', 'failing', '--wiat']],
    [2, /schedule\.cron/, ['jobs', 'add', 'bad', '--cron', '61 * * * *', '--', 'true']],
    [3, /"chlid".*child/, ['jobs', 'show', 'chlid']],
    [3, /flotilla runs list/, ['runs', 'show', 'deadbeef']],
    [4, /child.*--detach/, ['jobs', 'delete', 'parent']],
    [4, /--replace/, ['jobs', 'add', 'parent', '--', 'true']],
  ];
  for (const [code, line, words] of calls) {
    const called = await fleet.flotilla(...words);
    expect(called, words.join(' ')).toMatchObject({ code, stderr: expect.stringMatching(line) });
    expect(called.stderr.split('\n').length, called.stderr).toBe(code === 0 ? 1 : 2);
  }

  const folder = join(dir, 'elsewhere');
  await mkdir(folder);
  const stranger = { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: 'a-token-that-nobody-knows' };
  expect(await flotilla(['jobs', 'list'], { folder, environment: stranger })).toMatchObject({ code: 4 });
  const nowhere = { FLOTILLA_URL: `http://127.0.0.1:${await freePort()}`, FLOTILLA_TOKEN: api.token };
  expect(await flotilla(['jobs', 'list'], { folder, environment: nowhere })).toMatchObject({
    code: 5,
    stderr: expect.stringContaining(nowhere.FLOTILLA_URL),
  });
});
