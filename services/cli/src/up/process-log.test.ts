import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { boundLogs, lastLines, openLog } from './process-log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-logs-'));
});

test('a log over its bound is put aside, and its writer goes on in an empty one', async () => {
  const log = await openLog(folder, 'worker-1');
  await log.write('first\n');
  await boundLogs(folder, 5);
  await log.write('second\n');
  await boundLogs(folder, 7);
  await log.close();
  expect(await readFile(join(folder, 'worker-1.log.1'), 'utf8')).toBe('first\n');
  expect(await readFile(join(folder, 'worker-1.log'), 'utf8')).toBe('second\n');
});

test('the last lines are those since a start, also after the log was emptied meanwhile', async () => {
  await writeFile(join(folder, 'api.log'), 'old\n\none\ntwo\nthree\n');
  expect(await lastLines(folder, 'api', 2)).toEqual(['two', 'three']);
  expect(await lastLines(folder, 'api', 9, 5)).toEqual(['one', 'two', 'three']);
  expect(await lastLines(folder, 'api', 9, 4_000)).toEqual(['old', 'one', 'two', 'three']);
});
