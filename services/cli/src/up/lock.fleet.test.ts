import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf } from '@flotilla/embedded';
import { expect, test } from 'vitest';
import { takeLock } from './lock.ts';

const lockPath = async () => join(await mkdtemp(join(tmpdir(), 'flotilla-lock-')), 'up.json');

test('a second one is told where the first one runs', async () => {
  const path = await lockPath();
  const lock = await takeLock(path);
  await expect(takeLock(path)).rejects.toThrow(`a fleet is already starting (pid ${process.pid})`);
  await lock.announce('http://127.0.0.1:7420');
  await expect(takeLock(path)).rejects.toThrow(`already runs at http://127.0.0.1:7420 (pid ${process.pid})`);
  await lock.release();
  await (await takeLock(path)).release();
});

test('of many at once, one gets it', async () => {
  const path = await lockPath();
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(path)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test.each([
  ['a process that is gone', async () => ({ ...(await endedProcess()), url: null })],
  [
    'a process whose pid somebody else has now',
    async () => ({ pid: process.pid, startTime: 'long ago', url: null }),
  ],
  ['nobody that can be read', async () => 'half writ'],
])('the lock of %s is taken over', async (_, owner) => {
  const path = await lockPath();
  await writeFile(path, JSON.stringify(await owner()));
  await takeLock(path);
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
  expect(await readdir(join(path, '..'))).toEqual(['up.json']);
});

async function endedProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 60000)']);
  await once(child, 'spawn');
  const identity = await identityOf(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return identity;
}
