import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@flotilla/embedded';
import { connect } from '@flotilla/storage';
import { expect } from 'vitest';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { flotilla } from '../support/flotilla.ts';

const test = fleetTest({ workers: 0, schedulers: 0 });

const services = ['scheduler', 'worker', 'api'] as const;
type Service = (typeof services)[number];

/** The service ends with exit code 1 and one line on stderr that says so, and no credential. */
async function expectRefusal(
  { dir, credentials, servers }: Fleet,
  service: Service,
  environment: Readonly<Record<string, string>>,
  words: RegExp,
): Promise<void> {
  const settings = { FLOTILLA_API_PORT: '0', ...credentials, ...environment };
  const { code, stderr } = await flotilla(['start', service], { folder: dir, environment: settings });
  const [line, ...more] = stderr.trimEnd().split('\n');
  expect(line).toMatch(words);
  expect(more).toEqual([]);
  for (const { url } of [servers.postgres, servers.redis, servers.nats]) {
    const { username, password } = new URL(url);
    expect(line).not.toContain(password || username);
  }
  expect(code).toBe(1);
}

/** With each of the service's urls changed so, one at a time, it names that server. */
async function expectEachRefused(
  fleet: Fleet,
  service: Service,
  parts: Partial<URL>,
  words: string,
): Promise<void> {
  const { postgres, redis, nats } = fleet.servers;
  const urls = [
    ['DATABASE_URL', postgres.url, 'Postgres'],
    ['NATS_URL', nats.url, 'NATS'],
    ['REDIS_URL', redis.url, 'Redis'],
  ] as const;
  const own = urls.filter(([name]) => service !== 'api' || name !== 'REDIS_URL');
  await Promise.all(
    own.map(async ([name, url, server]) => {
      const file = await urlFile(fleet, name, changed(url, parts));
      await expectRefusal(fleet, service, file, new RegExp(`${server}.*(${words})`));
    }),
  );
}

/** A variable that names a file with this url in place of the right one. */
async function urlFile({ dir }: Fleet, name: string, url: string): Promise<Record<string, string>> {
  const path = join(dir, `${name}-${Math.random()}`);
  await writeFile(path, url, { mode: 0o600 });
  return { [`${name}_FILE`]: path };
}

function changed(url: string, parts: Partial<URL>): string {
  return Object.assign(new URL(url), parts).href;
}

async function pretendNewer(url: string): Promise<void> {
  const store = connect({ url, applicationName: 'flotilla test' });
  const text = `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
    VALUES ('later', 'later', '29990101000000_later', now(), 1)`;
  await store.ask({ name: '', text });
  await store.close();
}

test('a variable that does not parse', async ({ fleet }) => {
  const nowhere = await urlFile(fleet, 'DATABASE_URL', 'nowhere');
  await Promise.all([
    expectRefusal(fleet, 'scheduler', nowhere, /DATABASE_URL.*postgres/),
    expectRefusal(fleet, 'scheduler', { REDIS_URL_FILE: '/no/such' }, /REDIS_URL_FILE="\/no\/such".*ENOENT/),
    expectRefusal(fleet, 'worker', { FLOTILLA_SLOTS: 'many' }, /FLOTILLA_SLOTS="many".*a number of turns/),
    expectRefusal(fleet, 'worker', { FLOTILLA_DRAIN_GRACE: 'long' }, /FLOTILLA_DRAIN_GRACE.*a duration/),
    expectRefusal(fleet, 'api', { FLOTILLA_API_PORT: '70000' }, /FLOTILLA_API_PORT="70000".*a port/),
  ]);
});

for (const service of services) {
  test(`${service}: a server that is not there`, async ({ fleet }) => {
    const port = String(await freePort());
    await expectEachRefused(fleet, service, { port }, 'ECONNREFUSED|nothing listens');
  });

  test(`${service}: a wrong password`, async ({ fleet }) => {
    await expectEachRefused(fleet, service, { password: 'wrong' }, 'password');
  });
}

test('a schema that is not migrated, and one that is newer', async ({ fleet }) => {
  await fleet.ask('CREATE DATABASE empty');
  const url = changed(fleet.servers.postgres.url, { pathname: '/empty' });
  const environment = await urlFile(fleet, 'DATABASE_URL', url);
  const expectAllRefused = (words: RegExp) =>
    Promise.all(services.map((service) => expectRefusal(fleet, service, environment, words)));

  await expectAllRefused(/run "flotilla migrate"/);
  const migrated = await flotilla(['migrate'], { folder: '/', environment });
  expect(migrated).toMatchObject({ code: 0, stderr: '' });
  await pretendNewer(url);
  await expectAllRefused(/newer.*29990101000000_later/);
  const again = await flotilla(['migrate'], { folder: '/', environment });
  expect(again).toMatchObject({ code: 4, stderr: expect.stringMatching(/newer release/) });
});
