import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../support/bundles.ts';
import { invariants } from '../checker/violation.ts';
import { checkPatches, PatchRefused } from '../fleet/apply-patches.ts';
import { UsageError } from '../options.ts';
import { parseBug, readBugs } from './planted-bug.ts';
import { scenarios } from './scenarios.ts';

const folder = join(root, 'test/chaos/bugs');
const bugs = await readBugs(folder, []);

test.each(bugs.map((bug) => [bug.name, bug] as const))(
  '%s applies to the sources as they are',
  async (_, bug) => {
    expect(scenarios).toHaveProperty(bug.scenario);
    expect(invariants).toHaveProperty(bug.red);
    await checkPatches(root, bug.patches);
  },
);

test('a bug that the sources have outgrown is refused, and so is an unknown name', async () => {
  const text =
    'rule: X\nscenario: retries\nred: C1\n\n--- a/package.json\n+++ b/package.json\n@@ -1 +1 @@\n-nothing\n+something\n';
  await expect(checkPatches(root, parseBug('old', text).patches)).rejects.toThrow(PatchRefused);
  await expect(readBugs(folder, ['nobody'])).rejects.toThrow(UsageError);
  expect(() => parseBug('bare', text.replace('red: C1\n', ''))).toThrow('bug bare has no line "red: …"');
});
