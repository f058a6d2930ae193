import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBinary } from './find-binary.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'flotilla-find-'));
  await Promise.all(['a', 'b'].map((name) => mkdir(join(dir, name))));
});
afterEach(() => rm(dir, { recursive: true }));

test('the first folder that has the executable wins; missing folders are passed over', async () => {
  await writeFile(join(dir, 'a/server'), '', { mode: 0o755 });
  await writeFile(join(dir, 'b/server'), '', { mode: 0o755 });
  expect(await findBinary('server', `${dir}/none:${dir}/b:${dir}/a`)).toBe(join(dir, 'b/server'));
});

test('a file that is not executable is not a binary', async () => {
  await writeFile(join(dir, 'a/server'), '', { mode: 0o644 });
  expect(await findBinary('server', join(dir, 'a'))).toBeUndefined();
});

test('the empty parts of a path do not stand for the current folder', async () => {
  expect(await findBinary('package.json', '::')).toBeUndefined();
});
