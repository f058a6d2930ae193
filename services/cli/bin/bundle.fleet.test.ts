import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';

const bundler = new URL('bundle.mjs', import.meta.url).href;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'flotilla-bundle-'));
  await write('services/cli/src/main.ts', "import { word } from './word.ts'; console.log(word);");
  await write('services/api/src/main.ts', "console.log('api');");
  await write('services/cli/src/word.ts', "export const word: string = 'one';");
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
  const before = new Date(Date.now() - 60_000 - text.length); // older than the build that follows
  await utimes(join(root, path), before, before);
}

/** Bundles in a process of its own, runs the bundle, and tells the folder and what the command printed. */
async function bundled(): Promise<{ folder: string; printed: string }> {
  const script = `const { bundle } = await import(${JSON.stringify(bundler)});
    const folder = await bundle(${JSON.stringify(root)}); console.log(folder); await import(folder + '/cli.mjs');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const text = (async () => {
    let all = '';
    for await (const chunk of child.stdout) {
      all += chunk;
    }
    return all;
  })();
  expect(await once(child, 'exit')).toEqual([0, null]);
  const [folder = '', printed = ''] = (await text).split('\n');
  return { folder, printed };
}

const builds = () => join(root, 'node_modules/.cache/flotilla/build');

test('six at once agree on one whole build', async () => {
  const results = await Promise.all(Array.from({ length: 6 }, bundled));
  expect(new Set(results.map(({ folder }) => folder)).size).toBe(1);
  expect(results.map(({ printed }) => printed)).toEqual(Array(6).fill('one'));
  expect((await readdir(builds())).sort()).toEqual([basename(results[0]?.folder ?? ''), 'last.json'].sort());
});

test('nothing is built while nothing has changed; a change has a folder of its own', async () => {
  const first = await bundled();
  const stamp = await readFile(join(builds(), 'last.json'), 'utf8');
  const { mtimeMs } = await stat(join(builds(), 'last.json'));
  expect(await bundled()).toEqual(first);
  expect((await stat(join(builds(), 'last.json'))).mtimeMs).toBe(mtimeMs);
  await write('services/cli/src/word.ts', "export const word: string = 'another';");
  const second = await bundled();
  expect(second.printed).toBe('another');
  expect(second.folder).not.toBe(first.folder);
  expect(await readFile(join(builds(), 'last.json'), 'utf8')).not.toBe(stamp);
  expect(await readFile(join(first.folder, 'cli.mjs'), 'utf8')).toContain('one'); // who has loaded it keeps it
});

test('old builds are removed, the least recently used first', async () => {
  const { folder } = await bundled();
  for (let age = 1; age <= 20; age += 1) {
    const old = join(builds(), `old-${age}`);
    await mkdir(old);
    await utimes(old, new Date(Date.now() - age * 60_000), new Date(Date.now() - age * 60_000));
  }
  await write('services/cli/src/word.ts', "export const word: string = 'more';");
  await bundled();
  const left = await readdir(builds());
  expect(left).toContain(basename(folder));
  expect(left).toContain('old-14');
  expect(left).not.toContain('old-15');
});
