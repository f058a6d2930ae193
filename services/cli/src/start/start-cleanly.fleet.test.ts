import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { cleanEnvironment, startCleanly } from './start-cleanly.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-clean-'));
});

test('credentials become files, the rest is handed on', async () => {
  const clean = await cleanEnvironment(
    { DATABASE_URL: 'postgres://hush', FLOTILLA_SLOTS: '3', FLOTILLA_SECRET_KEY: 'hush', PATH: '/bin' },
    folder,
  );
  expect(clean).toEqual({
    DATABASE_URL_FILE: join(folder, 'DATABASE_URL'),
    FLOTILLA_SLOTS: '3',
    FLOTILLA_SECRETS_DIR: join(folder, 'secrets'),
    FLOTILLA_STOP_WITH_STDIN: '1',
    PATH: '/bin',
  });
  expect(JSON.stringify(clean)).not.toContain('hush');
});

test('a credential that is also named as a file is refused', async () => {
  await expect(cleanEnvironment({ REDIS_URL: 'redis://a', REDIS_URL_FILE: '/b' }, folder)).rejects.toThrow(
    'both REDIS_URL and REDIS_URL_FILE are set',
  );
});

test('the child finds them, ends with its own code, and its folder is gone', async () => {
  const service = join(folder, 'service.mjs');
  await writeFile(
    service,
    `import { readFileSync } from 'node:fs';
    const found = readFileSync(process.env.DATABASE_URL_FILE, 'utf8');
    process.exit(found === 'postgres://hush' && process.env.DATABASE_URL === undefined ? 42 : 1);`,
  );
  vi.stubEnv('TMPDIR', folder);
  expect(await startCleanly(service, { DATABASE_URL: 'postgres://hush' })).toBe(42);
  expect(await readdir(folder)).toEqual(['service.mjs']);
  vi.unstubAllEnvs();
});
