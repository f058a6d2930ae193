import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { afterOurEnd } from './after-our-end.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'flotilla-end-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('the command runs after kill -9 of its process, and not before', async () => {
  const source = await readFile(fileURLToPath(new URL('./after-our-end.ts', import.meta.url)), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  const last = `afterOurEnd('touch', ${JSON.stringify(join(dir, 'gone'))});
    process.stdout.write('watched'); setInterval(() => undefined, 60_000);`;
  await writeFile(join(dir, 'parent.mjs'), `${code}\n${last}`);
  const parent = spawn(process.execPath, [join(dir, 'parent.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(parent.stdout, 'data');
  await expect(access(join(dir, 'gone'))).rejects.toThrow('ENOENT');
  parent.kill('SIGKILL');
  await expect.poll(() => access(join(dir, 'gone')).then(() => true)).toBe(true);
});

test.skipIf(process.platform !== 'linux')('called off, the watch ends and nothing runs', async () => {
  const children = (): Promise<string> => readFile(`/proc/self/task/${process.pid}/children`, 'utf8');
  const before = await children();
  const release = afterOurEnd('touch', join(dir, 'gone'));
  expect(await children()).not.toBe(before);
  release();
  await expect.poll(children).toBe(before);
  await expect(access(join(dir, 'gone'))).rejects.toThrow('ENOENT');
});
