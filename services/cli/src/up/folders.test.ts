import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '@flotilla/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolders } from './folders.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test('the folders are closed to other users', async () => {
  const { home, run } = await makeFolders(join(await temporaryFolder(), 'fleet'));
  const modes = await Promise.all([home, run].map(async (folder) => (await stat(folder)).mode & 0o777));
  expect(modes).toEqual([0o700, 0o700]);
});

test('a file in the place of a folder is named in one line', async () => {
  const file = join(await temporaryFolder(), 'fleet');
  await writeFile(file, '');
  const error = await makeFolders(file).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(StartError);
  expect(error).toMatchObject({
    message: `${file} cannot be a folder of the fleet (EEXIST): choose another --dir`,
  });
});
