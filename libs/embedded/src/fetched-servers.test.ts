import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchedRoot, fetchedServers } from './fetched-servers.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'flotilla-fetched-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('the folder is named by the processor: a checkout may be seen by several machines', async () => {
  const root = await fetchedRoot(dir);
  expect(dirname(root)).toBe(dir);
  expect(basename(root)).toMatch(new RegExp(`^[\\w.]+-[\\w.]+-${process.arch}$`));
});

test('libraries are looked for in the folders of the architecture alone', async () => {
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'];
  await Promise.all([...libraries, 'usr/lib/systemd'].map((p) => mkdir(join(dir, p), { recursive: true })));
  const { libraryPath, searchPath } = await fetchedServers(dir);
  expect(libraryPath).toBe(libraries.map((place) => join(dir, place)).join(':'));
  expect(searchPath).toBe(`${dir}/usr/bin:${dir}/usr/sbin`);
});

test('nothing fetched: no libraries', async () => {
  expect((await fetchedServers(join(dir, 'none'))).libraryPath).toBe('');
});
