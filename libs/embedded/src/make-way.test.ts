import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeWay } from './make-way.ts';

let dir = '';
let lockFile = '';
let holder: ChildProcess | undefined;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'flotilla-way-')));
  lockFile = join(dir, 'lock');
});
afterEach(async () => {
  holder?.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

test('removes a lock that names a living process which is no server of these data', async () => {
  await writeFile(lockFile, `${process.pid}\n`);
  await makeWay({ dataDir: dir, program: 'postgres', lockFile });
  await expect(access(lockFile)).rejects.toThrow('ENOENT');
});

test.skipIf(process.platform !== 'linux')('waits for a process that works in the data folder', async () => {
  holder = spawn('sleep', ['60'], { cwd: dir });
  await once(holder, 'spawn');
  await writeFile(lockFile, `${holder.pid}\n`);
  let made = false;
  const way = makeWay({ dataDir: dir, program: 'sleep', lockFile }).then(() => {
    made = true;
  });
  await makeWay({ dataDir: dir, program: 'a-shell-of-somebody' }); // looked as long as the first one, and is through
  expect(made).toBe(false);
  holder.kill('SIGKILL');
  await way;
  await expect(access(lockFile)).rejects.toThrow('ENOENT');
});
