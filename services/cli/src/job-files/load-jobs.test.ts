import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadJobs } from './load-jobs.ts';
import { maxFileBytes } from './read-job-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-job-files-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function load(
  files: Readonly<Record<string, string | Uint8Array>>,
  names = Object.keys(files),
  stdin = '',
) {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return loadJobs(names, { folder, stdin: chunksOf(stdin) });
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  for (const byte of Buffer.from(text)) yield await Promise.resolve(Buffer.from([byte]));
}

async function faultsOf(loading: Promise<unknown>): Promise<string[]> {
  const error = await loading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('no fault was found');
  return error.message.split('\n');
}

const job = (id: string, rest = '') => `[[jobs]]\nid = "${id}"\nturn.shell = "true"\n${rest}\n`;

test('files and stdin are one set: a child may come before the file of its parent', async () => {
  const files = { 'child.toml': job('child', 'after.job = "parent"') };
  const jobs = await load(files, ['child.toml', '-'], '- { id: parent, turn: { shell: "echo ü" } }');
  expect(jobs.map(({ file, document }) => [file, document.id, document.turn])).toMatchObject([
    ['stdin', 'parent', { shell: 'echo ü' }],
    ['child.toml', 'child', { shell: 'true' }],
  ]);
});

test('a byte order mark is no content', async () => {
  const jobs = await load({
    'a.toml': Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(job('a'))]),
  });
  expect(jobs).toHaveLength(1);
});

test('all faults of all files are told, each with file, job, path and the nearest valid value', async () => {
  const files = {
    'a.toml': `${job('a', 'overlop = "skip"')}${job('b', 'schedule = { cron = "61 * * * *", zone = "Europe/Berln" }')}`,
    'b.yaml': 'jobs: [{ turn: { shell: "true" } }]',
    'c.json': '{',
  };
  const faults = await faultsOf(load(files, ['a.toml', 'b.yaml', 'c.json', 'd.toml']));
  expect(faults).toEqual([
    expect.stringMatching(/^c\.json: is not valid JSON: /),
    'd.toml: cannot be read (there is no such file)',
    'a.toml: job "a": overlop: unknown key "overlop": did you mean "overlap"?',
    expect.stringMatching(/^a\.toml: job "b": schedule\.cron: minute "61"/),
    expect.stringMatching(/^a\.toml: job "b": schedule\.zone: .*Europe\/Berlin/),
    expect.stringMatching(/^b\.yaml: job 1: id: /),
  ]);
});

test('an id is used once in all files', async () => {
  const faults = await faultsOf(load({ 'a.toml': job('a') + job('a'), 'b.toml': job('a') }));
  expect(faults).toEqual([
    'a.toml: job "a": its id is used twice',
    'b.toml: job "a": its id is used twice, in a.toml too',
  ]);
});

test('a file named twice is read once', async () => {
  expect(await load({ 'a.toml': job('a') }, ['a.toml', 'a.toml'])).toHaveLength(1);
});

test('files, documents and bytes have bounds', async () => {
  expect(await faultsOf(load({ 'big.json': Buffer.alloc(maxFileBytes + 1, ' ') }))).toEqual([
    `big.json: larger than ${maxFileBytes} bytes: split it`,
  ]);
  const [fault] = await faultsOf(
    load({ 'long.toml': job('a', `description = "${'x'.repeat(1024 * 1024)}"`) }),
  );
  expect(fault).toMatch(/^long\.toml: job "a": \d+ bytes of JSON, and at most 1048576 are allowed$/);
  expect(await faultsOf(load({ 'latin.toml': Buffer.from([0x69, 0xff]) }))).toEqual([
    'latin.toml: is not UTF-8 text',
  ]);
});
