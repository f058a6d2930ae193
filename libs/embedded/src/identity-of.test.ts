import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identityOf } from './identity-of.ts';

test('a process keeps its identity, and its pid alone is not one', async () => {
  const ours = await identityOf(process.pid);
  expect(ours?.startTime).toMatch(/\S/);
  expect(await identityOf(process.pid)).toEqual(ours);
  const parent = await identityOf(process.ppid);
  expect(parent?.pid).toBe(process.ppid);
});

test('a pid that nobody has is nobody', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  expect(await identityOf(child.pid ?? 0)).toBeUndefined();
});
