import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf } from '@flotilla/embedded';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepRecord, type ProcessRecord, readRecords } from './process-record.ts';
import { stopRemains } from './stop-remains.ts';

const patience = { serviceMs: 30_000, serverMs: 30_000 };
const children: ChildProcess[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-remains-'));
});
afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
});

/** A recorded process that an `up` before us has started; `ends` is how it ended. */
async function remnant(name: string, kind: ProcessRecord['kind'], body: string) {
  const stays = 'setInterval(() => 0, 60000); console.log("up");';
  const child = spawn(process.execPath, ['-e', `${body};${stays}`], { detached: true });
  children.push(child);
  await once(child.stdout, 'data');
  const identity = await identityOf(child.pid ?? 0);
  if (identity === undefined) {
    throw new Error('it did not start');
  }
  await keepRecord(folder, { name, kind, stopSignal: 'SIGINT', ...identity });
  return { child, ends: once(child, 'exit') };
}

test('a server is stopped by its signal, a service ends by itself and before it', async () => {
  const order: string[] = [];
  const server = await remnant('redis', 'server', 'process.on("SIGINT", () => process.exit(7))');
  const service = await remnant(
    'worker-1',
    'service',
    'process.stdin.on("end", () => process.exit(8)).resume()',
  );
  void server.ends.then(() => order.push('redis'));
  void service.ends.then(() => order.push('worker-1'));
  const lines: string[] = [];
  const stopped = await stopRemains(folder, patience, (line) => {
    lines.push(line);
    service.child.stdin?.end(); // its pipe closes while it is waited for
  });
  expect(stopped.sort()).toEqual(['redis', 'worker-1']);
  expect([await service.ends, await server.ends]).toEqual([
    [8, null],
    [7, null],
  ]);
  expect(order).toEqual(['worker-1', 'redis']);
  expect(await readRecords(folder)).toEqual([]);
  expect(lines).toEqual([
    `waiting up to 30 s for worker-1 (pid ${service.child.pid}) of an earlier start to end`,
    `stopping redis (pid ${server.child.pid}) of an earlier start`,
  ]);
});

test('what outstays the patience is killed', async () => {
  const { ends } = await remnant('api', 'service', 'process.on("SIGTERM", () => 0)');
  await stopRemains(folder, { serviceMs: 10, serverMs: 10 }, () => undefined);
  expect(await ends).toEqual([null, 'SIGKILL']);
});

test('a stranger that was given the pid is left alone', async () => {
  const { child } = await remnant('nats', 'server', '');
  await keepRecord(folder, {
    name: 'nats',
    kind: 'server',
    stopSignal: 'SIGINT',
    pid: child.pid ?? 0,
    startTime: 'long ago',
  });
  expect(await stopRemains(folder, patience, () => undefined)).toEqual([]);
  expect(child.exitCode).toBeNull();
  expect(await readRecords(folder)).toEqual([]);
});
