import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { childStart, readProcess } from '../turns/process-table.ts';
import { endGroup, endProcess } from './end-group.ts';

const hasProc = process.platform === 'linux';

async function aGroup(script: string) {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  const groupId = child.pid ?? 0;
  return { child, groupId, start: childStart(groupId), told: Number(text.toString().trim()) };
}

async function isRunning(pid: number): Promise<boolean> {
  const entry = await readProcess(pid);
  return entry !== null && !entry.isZombie;
}

test('ends stopped processes, grandchildren and the groups of the session', async () => {
  const { groupId, start, told } = await aGroup(
    "timeout 1000 sh -c 'kill -STOP $$' & sleep 1000 & echo $!; kill -STOP $$",
  );
  expect(await endGroup({ groupId, start })).toBe(true);
  expect(await isRunning(told)).toBe(false);
  expect(await isRunning(groupId)).toBe(false);
});

test.runIf(hasProc)('GD-6 leaves alone who has the id now: the start tells', async () => {
  const { child, groupId } = await aGroup('echo 0; exec sleep 1000');
  expect(await endGroup({ groupId, start: '1' })).toBe(true);
  endProcess(groupId, '1');
  expect(await isRunning(groupId)).toBe(true);
  endProcess(groupId, childStart(groupId));
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
});

test.runIf(hasProc)('GD-6 counts no zombie', async () => {
  // A parent that has left the session and never asks for the end of its child.
  const { groupId, start, told } = await aGroup(
    "sh -c 'true & exec setsid sleep 1000' >/dev/null & sleep 1; echo $!",
  );
  expect(await endGroup({ groupId, start })).toBe(true);
  expect(await isRunning(told)).toBe(true);
  process.kill(told, 'SIGKILL');
});

test('says that somebody is left where its time is over', async () => {
  const { groupId, start } = await aGroup('echo 0; exec sleep 1000');
  const kill = process.kill.bind(process);
  process.kill = () => true; // as a setuid program would have it
  try {
    expect(await endGroup({ groupId, start }, 50)).toBe(false);
  } finally {
    process.kill = kill;
  }
  expect(await endGroup({ groupId, start })).toBe(true);
});
