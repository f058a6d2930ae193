import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareNats, prepareRedis, type ServerSpec, startServer } from '@flotilla/embedded';
import { connect, noteAlarms, registerWorker, type Store, takeLease } from '@flotilla/storage';
import { expect, inject, onTestFinished, test } from 'vitest';
import { callFlotilla } from '../testing/call-flotilla.ts';

type Environment = Readonly<Record<string, string>>;

const root = new URL('../../../..', import.meta.url).pathname;
const healthy = {
  DATABASE_URL: inject('pgUrl'),
  REDIS_URL: inject('redisUrl'),
  NATS_URL: inject('natsUrl'),
};

/** What is wrong, by check; what is said goes along with what to do. */
async function faultsOf(environment: Environment, now = Date.now): Promise<Record<string, string>> {
  const { code, stdout } = await callFlotilla(['doctor', '--json'], { environment, now });
  const diagnosis = JSON.parse(stdout) as {
    healthy: boolean;
    findings: { verdict: string; check: string; says: string; remedy?: string }[];
  };
  const faults = diagnosis.findings.filter(({ verdict }) => verdict === 'wrong');
  expect({ code, healthy: diagnosis.healthy }).toEqual(
    faults.length > 0 ? { code: 1, healthy: false } : { code: 0, healthy: true },
  );
  return Object.fromEntries(faults.map(({ check, says, remedy }) => [check, `${says}: ${remedy}`]));
}

/** A database of its own, set up by `setting`. */
async function aDatabase(setting: string): Promise<string> {
  const store = connect({ url: inject('pgUrl'), applicationName: 'flotilla test', maxConnections: 1 });
  onTestFinished(() => store.close());
  const name = `doctor_${randomUUID().replaceAll('-', '')}`;
  await store.pool.query(`CREATE DATABASE ${name}`);
  await store.pool.query(`ALTER DATABASE ${name} SET ${setting}`);
  return Object.assign(new URL(inject('pgUrl')), { pathname: `/${name}` }).href;
}

/** Lets a scheduler and a worker give a sign of life in this database. */
async function staff(url: string): Promise<Store> {
  const store = connect({ url, applicationName: 'flotilla test', maxConnections: 1 });
  onTestFinished(() => store.close());
  await takeLease(store, 'watch', randomUUID());
  const introduction = { host: 'here', pid: 1, version: '0', pools: ['default'], slots: 1 };
  await registerWorker(store, { ...introduction, id: randomUUID() });
  return store;
}

/** A server of the test's own; `change` edits its configuration. */
async function aServer(
  prepare: (options: { dir: string; binariesDir: string }) => Promise<ServerSpec>,
  configName: string,
  change: (config: string) => string,
): Promise<string> {
  const dir = join(inject('runDir'), `doctor-${randomUUID()}`);
  const spec = await prepare({ dir, binariesDir: inject('binariesDir') });
  const file = join(dir, configName);
  await writeFile(file, change(await readFile(file, 'utf8')));
  const server = await startServer(spec, { logFile: `${dir}.log`, endsWithUs: true });
  onTestFinished(() => server.stop());
  return spec.url;
}

test('servers as they should be are fine, and each is named', async () => {
  const environment = { ...healthy, DATABASE_URL: await aDatabase('synchronous_commit = on') };
  await callFlotilla(['migrate'], { environment, root });
  expect(Object.keys(await faultsOf(environment))).toEqual(['scheduler', 'workers', 'commit']);
  await staff(environment.DATABASE_URL);
  // The servers of tests do without fsync.
  expect(Object.keys(await faultsOf(environment))).toEqual(['commit']);
  const { stdout, stderr } = await callFlotilla(['doctor'], { environment, now: Date.now });
  expect(stdout).toMatch(/^looking at the environment\n/);
  expect(stdout).toMatch(/^ok {5}schema {7}the schema is up to date$/m);
  expect(stdout).toMatch(/^ok {5}workers {6}1 worker is at work$/m);
  expect(stdout).toMatch(/^ok {5}alarms {7}no alarm is open$/m);
  expect(stdout).toMatch(/^ok {5}redis clock {2}this host's clock is \d+ ms/m);
  expect(stdout).toMatch(/^ok {5}jetstream {4}\S/m);
  expect(stdout).toMatch(/^wrong {2}commit {7}fsync is off, .*: set to on in postgresql.conf$/m);
  expect(stderr).toBe('flotilla: one thing is wrong\n');
  for (const { username, password } of Object.values(environment).map((url) => new URL(url))) {
    expect(stdout).not.toContain(password || username);
  }
});

test('open alarms are told with what to do', async () => {
  const environment = { ...healthy, DATABASE_URL: await aDatabase('synchronous_commit = on') };
  await callFlotilla(['migrate'], { environment, root });
  const store = await staff(environment.DATABASE_URL);
  await noteAlarms(store, [{ kind: 'job_blocked', subject: 'nightly', message: 'no such zone' }]);
  const { stdout, code } = await callFlotilla(['doctor'], { environment, now: Date.now });
  expect(stdout).toMatch(/^wrong {2}alarm {8}job_blocked, no such zone: correct its schedule/m);
  expect(code).toBe(1);
});

test('all that is wrong is told at once', async () => {
  const hourBehind = () => Date.now() - 3_600_000;
  const faults = await faultsOf(
    {
      DATABASE_URL: await aDatabase('synchronous_commit = off'),
      REDIS_URL: await aServer(prepareRedis, 'redis.conf', (config) =>
        config.replace('appendonly yes', 'appendonly no').replace('noeviction', 'allkeys-lru'),
      ),
      NATS_URL: await aServer(prepareNats, 'nats.conf', (config) => config.replace(/^jetstream.*$/m, '')),
    },
    hourBehind,
  );
  expect(faults).toEqual({
    schema: expect.stringMatching(/^the database lacks [^:]+: run "flotilla migrate"$/),
    commit: expect.stringContaining('fsync and synchronous_commit are off'),
    clock: expect.stringMatching(
      /^this host's clock is 3600 s behind Postgres' clock, too far .*: synchronise/,
    ),
    'redis clock': expect.stringMatching(/^this host's clock is 3600 s behind Redis' clock: synchronise/),
    eviction: expect.stringContaining('maxmemory-policy allkeys-lru): set maxmemory-policy noeviction'),
    aof: expect.stringContaining('set appendonly yes'),
    jetstream: expect.stringContaining('start nats-server with -js'),
  });
});

test('one server that is gone or refuses the password hides nothing of the others, and no password is shown', async () => {
  const environment = {
    DATABASE_URL: Object.assign(new URL(healthy.DATABASE_URL), { password: 'not-the-password' }).href,
    REDIS_URL: 'redis://:not-the-password@127.0.0.1:1',
    NATS_URL: Object.assign(new URL(healthy.NATS_URL), { username: 'not-the-password' }).href,
  };
  const faults = await faultsOf(environment);
  expect(faults).toEqual({
    postgres: expect.stringMatching(
      /^Postgres refused the password in DATABASE_URL \(127\.0\.0\.1:\d+\/\w+\): correct/,
    ),
    redis: expect.stringMatching(/^Redis cannot be used: connect ECONNREFUSED .*: correct REDIS_URL/),
    nats: expect.stringMatching(/^NATS cannot be used: it refused the token .*: correct NATS_URL/),
  });
  expect(JSON.stringify(faults)).not.toContain('not-the-password');
});
