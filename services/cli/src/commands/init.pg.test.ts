import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { authenticate, connect, registerWorker, restoreSteps, type Store } from '@flotilla/storage';
import { afterEach, expect, inject, test } from 'vitest';
import { type Called, callFlotilla } from '../testing/call-flotilla.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const opened: Store[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

function open(url: string): Store {
  const store = connect({ url, applicationName: 'flotilla test', maxConnections: 1 });
  opened.push(store);
  return store;
}

/** The address of a database of its own, with nothing in it. */
async function emptyDatabase(): Promise<string> {
  const name = `cli_${randomUUID().replaceAll('-', '')}`;
  await open(inject('pgUrl')).pool.query(`CREATE DATABASE ${name}`);
  return Object.assign(new URL(inject('pgUrl')), { pathname: `/${name}` }).href;
}

function call(words: string, environment: Readonly<Record<string, string>>): Promise<Called> {
  return callFlotilla([...words.split(' '), '--json'], { environment, root });
}

test('init migrates and shows a new token once', async () => {
  const url = await emptyDatabase();
  const first = await call('init', { DATABASE_URL: url });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const { applied, token } = JSON.parse(first.stdout) as { applied: string[]; token: string };
  expect(applied.length).toBeGreaterThan(0);
  expect(await authenticate(open(url), token)).toMatchObject({ role: 'admin' });
  const second = await call('init', { DATABASE_URL: url });
  expect(JSON.parse(second.stdout)).toEqual({ applied: [], token: null });
});

test('init takes the token of the operator, and does not show it', async () => {
  const url = await emptyDatabase();
  const token = 'chosen-by-the-operator';
  const called = await call('init', { DATABASE_URL: url, FLOTILLA_ADMIN_TOKEN: token });
  expect(called.code).toBe(0);
  expect(called.stdout).not.toContain(token);
  expect(await authenticate(open(url), token)).toMatchObject({ role: 'admin' });
});

test('a database that a newer release has migrated is left alone', async () => {
  const url = await emptyDatabase();
  await call('migrate', { DATABASE_URL: url });
  await open(url).pool.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ('x', 'x', '29990101000000_future', now(), 1)`,
  );
  expect(await call('migrate', { DATABASE_URL: url })).toEqual({
    code: 4,
    stdout: '',
    stderr:
      'flotilla: a newer release has migrated this database (29990101000000_future): use that release\n',
  });
});

test('a wrong password and a server that is not there are one line each, without the password', async () => {
  const wrong = new URL(inject('pgUrl'));
  wrong.password = 'not-the-password';
  const gone = new URL(inject('pgUrl'));
  gone.port = '1';
  for (const url of [wrong.href, gone.href]) {
    const called = await call('migrate', { DATABASE_URL: url });
    expect(called).toMatchObject({ code: 5, stdout: '' });
    expect(called.stderr).toMatch(/^flotilla: [^\n]+\n$/);
    expect(called.stderr).not.toContain(new URL(url).password);
  }
});

test('LG-3 after a restore both lives and all numbers begin anew, but not while services are at work', async () => {
  const url = await emptyDatabase();
  expect((await call('init', { DATABASE_URL: url })).code).toBe(0);
  const { epochs, numbers } = restoreSteps;
  const begun = await call('init --after-restore', { DATABASE_URL: url });
  expect(JSON.parse(begun.stdout)).toMatchObject({
    restored: { queueEpoch: 1 + epochs, streamEpoch: 1 + epochs, handOut: 1 + numbers },
  });
  await registerWorker(open(url), {
    id: randomUUID(),
    host: 'here',
    pid: 1,
    version: '0',
    pools: ['default'],
    slots: 1,
  });
  expect(await call('init --after-restore', { DATABASE_URL: url })).toEqual({
    code: 4,
    stdout: '',
    stderr:
      'flotilla: a worker was at work with this database within the last 10 s: stop all services first (--force does it nevertheless)\n',
  });
  const forced = await call('init --after-restore --force', { DATABASE_URL: url });
  expect(JSON.parse(forced.stdout)).toMatchObject({ restored: { queueEpoch: 1 + 2 * epochs } });
  expect((await call('init --force', { DATABASE_URL: url })).code).toBe(2);
});

test('LG-3 an init that is refused has made no token that nobody was shown', async () => {
  const url = await emptyDatabase();
  expect((await call('migrate', { DATABASE_URL: url })).code).toBe(0);
  const about = { host: 'here', pid: 1, version: '0', pools: ['default'], slots: 1 };
  await registerWorker(open(url), { id: randomUUID(), ...about });
  expect((await call('init --after-restore', { DATABASE_URL: url })).code).toBe(4);
  const { stdout } = await call('init --after-restore --force', { DATABASE_URL: url });
  expect(JSON.parse(stdout)).toMatchObject({ token: expect.any(String) });
});
