import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { migrationNames } from './schema-state.ts';

test('a release knows exactly the migrations of its folder', () => {
  const folder = fileURLToPath(new URL('../migrations', import.meta.url));
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect([...migrationNames]).toEqual(names.sort());
});
