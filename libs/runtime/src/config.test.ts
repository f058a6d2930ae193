import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, parseConfig, secret, variable } from './config.ts';

const variables = {
  databaseUrl: secret('DATABASE_URL', z.url().describe('a postgres:// URL')),
  slots: variable('FLOTILLA_SLOTS', z.coerce.number().int().min(1).max(1000).default(10)),
};
const databaseUrl = 'postgres://u:hush@localhost/f';

test('values are typed, defaults are filled in, the object is frozen', () => {
  const config = parseConfig({ DATABASE_URL: databaseUrl, FLOTILLA_SLOTS: '' }, variables);
  expect(config).toEqual({ databaseUrl, slots: 10 });
  expect(Object.isFrozen(config)).toBe(true);
});

test('a value that does not parse is one line with its name, its text and what is expected', () => {
  const parse = () => parseConfig({ DATABASE_URL: databaseUrl, FLOTILLA_SLOTS: 'ten\nmore' }, variables);
  expect(parse).toThrow(ConfigError);
  expect(parse).toThrow(/^FLOTILLA_SLOTS="ten\\nmore" is not valid: expected .*number.*$/);
});

test('a secret is never repeated', () => {
  const parse = () => parseConfig({ DATABASE_URL: 'hush hush' }, variables);
  expect(parse).toThrow('DATABASE_URL is not valid (its value is a secret): expected a postgres:// URL');
});

test('a missing secret names both ways to give it', () => {
  expect(() => parseConfig({}, variables)).toThrow(
    'neither DATABASE_URL nor DATABASE_URL_FILE is set: expected a postgres:// URL',
  );
});

test('a secret may be a file, trimmed', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'flotilla-config-')), 'url');
  writeFileSync(path, `${databaseUrl}\n`);
  expect(parseConfig({ DATABASE_URL_FILE: path }, variables).databaseUrl).toBe(databaseUrl);
  expect(() => parseConfig({ DATABASE_URL_FILE: path, DATABASE_URL: databaseUrl }, variables)).toThrow(
    'both DATABASE_URL and DATABASE_URL_FILE are set',
  );
  expect(() => parseConfig({ DATABASE_URL_FILE: `${path}.gone` }, variables)).toThrow(
    /cannot be read \(ENOENT\)/,
  );
});

test('a name that nearly is a known one is a warning, others are left alone', () => {
  const lines: string[] = [];
  const environment = {
    DATABASE_URL: databaseUrl,
    FLOTILLA_SLTOS: '3',
    FLOTILLA_SECRET_SLOTS: 'x',
    FLOTILLA_API_PORT: '1',
  };
  parseConfig(environment, variables, (line) => lines.push(line));
  expect(lines).toEqual(['FLOTILLA_SLTOS is not a variable of this service: did you mean FLOTILLA_SLOTS?']);
});
