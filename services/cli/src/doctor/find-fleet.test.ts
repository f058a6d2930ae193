import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findFleet } from './find-fleet.ts';

const root = await mkdtemp(join(tmpdir(), 'flotilla-doctor-'));
const run = join(root, '.flotilla', 'run');
const below = join(root, 'a', 'b');
await mkdir(run, { recursive: true });
await mkdir(below, { recursive: true });
await writeFile(join(run, 'database-url'), 'postgresql://one@here/flotilla\n');
await writeFile(join(run, 'redis-url'), 'redis://here\n');
afterAll(() => rm(root, { recursive: true }));

test('the fleet of "up" is found from its folder and from below, and a file that is missing is told', async () => {
  for (const folder of [root, below]) {
    const { home, servers } = await findFleet({}, folder);
    expect(home).toBe(join(root, '.flotilla'));
    expect(servers).toMatchObject({
      postgres: { url: 'postgresql://one@here/flotilla' },
      redis: { url: 'redis://here' },
      nats: { url: null, why: `${join(run, 'nats-url')} cannot be read` },
    });
  }
});

test('an environment that names one server is taken whole; each that is missing or no URL is told', async () => {
  const secret = 'no-url-but-a-secret';
  const { home, servers } = await findFleet(
    { DATABASE_URL_FILE: join(run, 'database-url'), NATS_URL: secret },
    root,
  );
  expect(home).toBeNull();
  expect(servers).toMatchObject({
    postgres: { url: 'postgresql://one@here/flotilla' },
    redis: { url: null, why: 'neither REDIS_URL nor REDIS_URL_FILE is set' },
    nats: { url: null, why: 'NATS_URL is not valid (its value is a secret): expected nats://…' },
  });
  expect(JSON.stringify(servers)).not.toContain(secret);
});

test('where there is no fleet, it says where one was looked for', async () => {
  await expect(findFleet({}, '/')).rejects.toThrow('no .flotilla in / or above');
});
