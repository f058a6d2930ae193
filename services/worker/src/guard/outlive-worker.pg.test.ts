import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { monotonicMs } from '@flotilla/runtime';
import { listWorkers } from '@flotilla/storage';
import { aWorker, openTestLedger } from '@flotilla/storage/test-ledger';
import { afterEach, expect, test } from 'vitest';
import { childStart, readProcess } from '../turns/process-table.ts';
import { guardProgram } from './guard-under-test.ts';
import { asLine, parseFromGuard, type ToGuard } from './message.ts';
import { readLines } from './read-lines.ts';

const { store, url } = await openTestLedger();
const limits = { fenceMs: 60_000, insideMs: 60_000 };

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A process in a group of its own that only KILL ends. */
async function aProcess(script = 'trap "" TERM HUP; echo ready; while :; do sleep 1; done') {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  started.push(child);
  await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  return { child, pid, start: childStart(pid) };
}

/** A guard as its worker has it: by its pipes alone. */
async function aBareGuard(start: Partial<Extract<ToGuard, { kind: 'start' }>>) {
  const program = await guardProgram();
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'ignore', 'pipe'], env: {} });
  started.push(child);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the guard has no pipes');
  const answered: string[] = [];
  readLines(stdout, {
    onLine: (line) => void answered.push(parseFromGuard(line).kind),
    onError: () => undefined,
  });
  const tell = (message: ToGuard) => void stdin.write(asLine(message));
  tell({
    kind: 'start',
    workerId: randomUUID(),
    workerPid: 2 ** 22 - 1,
    workerStart: '1',
    databaseUrl: url,
    ...limits,
    ...start,
  });
  const until = (kind: string) => expect.poll(() => answered, { timeout: 10_000 }).toContain(kind);
  await until('ready');
  return { child, stdin, tell, until };
}

const row = async (workerId: string) => (await listWorkers(store)).find(({ id }) => id === workerId);
const isRunning = async (pid: number) => (await readProcess(pid))?.isZombie === false;

test('GD-5 the end of the pipe: the groups are killed and seen gone, then the death is written', async () => {
  const workerId = await aWorker(store);
  const turns = [await aProcess(), await aProcess()];
  const guard = await aBareGuard({ workerId });
  for (const { pid, start } of turns) guard.tell({ kind: 'register', groupId: pid, start, isFenced: false });
  await guard.until('registered');
  guard.stdin.end();
  await once(guard.child, 'exit');
  for (const { pid } of turns) expect(await isRunning(pid)).toBe(false);
  expect(await row(workerId)).toMatchObject({
    state: 'dead',
    death: 'evidence',
    endedWhy: 'its process ended, and its guard saw its 2 turns gone',
  });
});

test('GD-5 after a "bye" nobody is declared dead', async () => {
  const workerId = await aWorker(store);
  const guard = await aBareGuard({ workerId });
  guard.tell({ kind: 'bye' });
  expect(await once(guard.child, 'exit')).toEqual([0, null]);
  expect(await row(workerId)).toMatchObject({ state: 'alive' });
});

test('GD-6 a worker that is at work without its pipe is not dead: its process must have ended', async () => {
  const workerId = await aWorker(store);
  const worker = await aProcess();
  const guard = await aBareGuard({ workerId, workerPid: worker.pid, workerStart: worker.start });
  const turn = await aProcess();
  guard.tell({ kind: 'register', groupId: turn.pid, start: turn.start, isFenced: false });
  await guard.until('registered');
  guard.stdin.end();
  await expect.poll(() => isRunning(turn.pid), { timeout: 10_000 }).toBe(false);
  expect(await row(workerId)).toMatchObject({ state: 'alive' });
  worker.child.kill('SIGKILL');
  await once(guard.child, 'exit');
  expect(await row(workerId)).toMatchObject({ state: 'dead', death: 'evidence' });
});

test('GD-7 a worker with a turn inside it is killed 25 s after the last dot, unless it is reported gone', async () => {
  const [idle, busy] = await Promise.all([aProcess(), aProcess()]);
  const short = { fenceMs: 100, insideMs: 200 };
  const guards = await Promise.all(
    [idle, busy].map(({ pid, start }) => aBareGuard({ workerPid: pid, workerStart: start, ...short })),
  );
  for (const { tell } of guards) {
    tell({ kind: 'dot', beatSentAtMs: monotonicMs() });
    tell({ kind: 'openInside', turn: 'run' });
  }
  guards[0]?.tell({ kind: 'closeInside', turn: 'run' });
  await once(busy.child, 'exit');
  expect(busy.child.signalCode).toBe('SIGKILL');
  expect(await isRunning(idle.pid)).toBe(true);
});

test('what is no message ends the guard, and so all that it guards', async () => {
  const guard = await aBareGuard({});
  guard.stdin.write('kill everybody\n');
  expect(await once(guard.child, 'exit')).toEqual([1, null]);
});
