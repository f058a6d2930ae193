import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findServer } from './find-server.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-find-server-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function leaveClientFile(text: string): Promise<string> {
  await mkdir(join(folder, '.flotilla'));
  const path = join(folder, '.flotilla', 'client.json');
  await writeFile(path, text);
  return path;
}

test('the environment comes first', async () => {
  await leaveClientFile('{"url": "http://127.0.0.1:1", "token": "other"}');
  const environment = { FLOTILLA_URL: 'https://example.org/flotilla', FLOTILLA_TOKEN: 'secret' };
  expect(await findServer(environment, folder)).toEqual({
    url: 'https://example.org/flotilla/',
    token: 'secret',
    source: 'FLOTILLA_URL',
  });
});

test('the token may be in a file', async () => {
  await writeFile(join(folder, 'token'), 'secret\n');
  const environment = { FLOTILLA_URL: 'http://127.0.0.1:7420', FLOTILLA_TOKEN_FILE: join(folder, 'token') };
  expect(await findServer(environment, folder)).toMatchObject({ token: 'secret' });
});

test('the file of a local fleet is found from folders below', async () => {
  const path = await leaveClientFile('{"url": "http://127.0.0.1:7420", "token": "secret"}');
  const below = join(folder, 'a', 'b');
  await mkdir(below, { recursive: true });
  expect(await findServer({}, below)).toEqual({
    url: 'http://127.0.0.1:7420/',
    token: 'secret',
    source: path,
  });
});

test.each([
  [{ FLOTILLA_URL: 'http://127.0.0.1:7420' }, 'usage', /neither FLOTILLA_TOKEN nor FLOTILLA_TOKEN_FILE is/],
  [
    { FLOTILLA_URL: 'localhost:7420', FLOTILLA_TOKEN: 'x' },
    'usage',
    /address in FLOTILLA_URL is not one such as/,
  ],
  [
    { FLOTILLA_URL: 'http://me:pw@host', FLOTILLA_TOKEN: 'x' },
    'usage',
    /address in FLOTILLA_URL is not one such as/,
  ],
  [{}, 'unreachable', /npm start, or set FLOTILLA_URL and FLOTILLA_TOKEN/],
] as const)('%j is told in one line', async (environment, reason, message) => {
  await expect(findServer(environment, folder)).rejects.toMatchObject({
    reason,
    message: expect.stringMatching(message),
  });
});

test('a broken client file is named, and its content is not shown', async () => {
  const path = await leaveClientFile('{"url": "http://127.0.0.1:7420", "tokn": "secret"');
  const failure = findServer({}, folder);
  await expect(failure).rejects.toThrow(path);
  await expect(failure).rejects.not.toThrow('secret');
});
