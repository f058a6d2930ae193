import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Misconfigured } from './misconfigured.ts';
import { createSecretSource, secretLimitBytes } from './secret-source.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-secrets-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function resolve(file: string | Buffer | null, variable?: string): Promise<string> {
  const path = join(folder, 'NAME');
  await (file === null ? rm(path, { force: true }) : writeFile(path, file));
  return createSecretSource({ folder, environment: { FLOTILLA_SECRET_NAME: variable } })('NAME');
}

test('a secret is a file, less one line end, before it is a variable', async () => {
  expect(await resolve('value\n', 'other')).toBe('value');
  expect(await resolve('value\r\n')).toBe('value');
  expect(await resolve('two\nlines\n\n')).toBe('two\nlines\n');
  expect(await resolve(null, 'other')).toBe('other');
  expect(await createSecretSource({ folder: '/nowhere', environment: { FLOTILLA_SECRET_A: 'a' } })('A')).toBe(
    'a',
  );
});

test.each<[string, string | Buffer | null, RegExp]>([
  ['nowhere', null, /secret "NAME" has no value .*FLOTILLA_SECRET_NAME/],
  ['empty', '\n', /secret "NAME" has no value/],
  ['not text', Buffer.from([0xff, 0xfe]), /not UTF-8/],
  ['with a NUL byte', 'va\0lue', /NUL byte/],
  ['too long', 'value'.repeat(secretLimitBytes), /longer than/],
])('a secret that is %s is refused by its name, never by its value', async (_, file, message) => {
  const error = await resolve(file).catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(Misconfigured);
  expect(String(error)).toMatch(message);
  expect(String(error)).not.toContain('va\0');
  expect(String(error)).not.toContain('valuevalue');
});
