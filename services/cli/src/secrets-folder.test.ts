import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { writeSecrets } from './secrets-folder.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'flotilla-secrets-'));
});

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test('without secrets in the environment nothing changes', async () => {
  expect(await writeSecrets({ HOME: '/x' }, join(home, 'out'))).toBeUndefined();
  expect(await writeSecrets({ FLOTILLA_SECRETS_DIR: '/mounted' }, join(home, 'out'))).toBe('/mounted');
  expect(await readdir(home)).toEqual([]);
});

test('each becomes a file that only we can read', async () => {
  const folder = join(home, 'out');
  const environment = { FLOTILLA_SECRET_PASSWORD: 'hush', FLOTILLA_SECRETS_DIR: home };
  expect(await writeSecrets(environment, folder)).toBe(folder);
  expect(await readFile(join(folder, 'PASSWORD'), 'utf8')).toBe('hush');
  expect([await modeOf(folder), await modeOf(join(folder, 'PASSWORD'))]).toEqual(['700', '600']);
});

test('mounted ones stay, also when they are rotated; the environment wins', async () => {
  const [mounted, folder] = [join(home, 'mounted'), join(home, 'out')];
  await mkdir(mounted);
  await writeFile(join(mounted, 'KEY'), 'old');
  await writeFile(join(mounted, 'PASSWORD'), 'mounted');
  await writeSecrets({ FLOTILLA_SECRET_PASSWORD: 'given', FLOTILLA_SECRETS_DIR: mounted }, folder);
  await writeFile(join(mounted, 'KEY'), 'new');
  expect(await readFile(join(folder, 'KEY'), 'utf8')).toBe('new');
  expect(await readFile(join(folder, 'PASSWORD'), 'utf8')).toBe('given');
  expect(await readFile(join(mounted, 'PASSWORD'), 'utf8')).toBe('mounted');
});

test('those of an earlier start are forgotten', async () => {
  const folder = join(home, 'out');
  await writeSecrets({ FLOTILLA_SECRET_ONE: '1', FLOTILLA_SECRETS_DIR: join(home, 'none') }, folder);
  await writeSecrets({ FLOTILLA_SECRET_TWO: '2', FLOTILLA_SECRETS_DIR: join(home, 'none') }, folder);
  expect(await readdir(folder)).toEqual(['TWO']);
});
