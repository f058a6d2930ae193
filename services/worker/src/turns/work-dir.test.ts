import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorkDir, sweepWorkDir } from './work-dir.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'flotilla-work-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('a sweep removes what dead workers left, and nothing of the living', async () => {
  const own = await openWorkDir(root);
  const dead = join(root, `${process.pid}-1`); // this pid, in another life
  await mkdir(join(dead, 'run-1', 'work'), { recursive: true });
  await writeFile(join(dead, 'run-1', 'context.json'), '{}', { mode: 0o600 });
  await writeFile(join(root, 'of somebody else'), '');
  expect(await sweepWorkDir(root)).toBe(1);
  expect((await readdir(root)).sort()).toEqual([basename(own), 'of somebody else'].sort());
});

test('a sweep is bounded', async () => {
  for (let start = 1; start <= 5; start += 1) {
    await mkdir(join(root, `${process.pid}-${start}`));
  }
  expect(await sweepWorkDir(root, 3)).toBe(3);
  expect(await readdir(root)).toHaveLength(2);
});

test('a work folder opens empty', async () => {
  const path = await openWorkDir(root);
  await writeFile(join(path, 'left'), '');
  expect(await openWorkDir(root)).toBe(path);
  expect(await readdir(path)).toEqual([]);
});
