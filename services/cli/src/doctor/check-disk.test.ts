import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkDisk } from './check-disk.ts';

test('free space is compared with what is needed at least', async () => {
  expect(await checkDisk(tmpdir(), 1)).toMatchObject({ verdict: 'fine' });
  expect(await checkDisk(tmpdir(), Number.MAX_SAFE_INTEGER)).toMatchObject({ verdict: 'wrong' });
});

test('a folder that is not made yet is asked of the one that will hold it', async () => {
  const { says } = await checkDisk(join(tmpdir(), 'not', 'made', 'yet'), 1);
  expect(says).toMatch(new RegExp(`free below ${tmpdir()}$`));
});
