import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepSecret } from './keep-secret.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'flotilla-secret-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('a secret is 32 random bytes, made once, readable by its owner alone', async () => {
  const file = join(dir, 'password');
  const first = await keepSecret(file);
  expect(Buffer.from(first.secret, 'base64url')).toHaveLength(32);
  expect(first.isNew).toBe(true);
  expect(await keepSecret(file)).toEqual({ secret: first.secret, isNew: false });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await keepSecret(join(dir, 'another'))).secret).not.toBe(first.secret);
});

test('a secret that cannot be read is an error, never a new one', async () => {
  await expect(keepSecret(dir)).rejects.toThrow('EISDIR');
});
