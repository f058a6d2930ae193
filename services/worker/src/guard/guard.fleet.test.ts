import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TurnReport } from '@flotilla/domain';
import { liveness } from '@flotilla/domain';
import { monotonicMs } from '@flotilla/runtime';
import { afterEach, describe, expect, test } from 'vitest';
import { readProcess } from '../turns/process-table.ts';
import { openTurnBench, type TurnBench } from '../turns/turn-under-test.ts';
import {
  aGuardProcess,
  aPermittingGuard,
  type GuardUnderTest,
  keepAlive,
  shortLimits,
} from './guard-under-test.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function benchOf(guard: GuardUnderTest): Promise<TurnBench> {
  const bench = await openTurnBench({}, () => Promise.resolve(guard));
  closing.push(bench.close);
  return bench;
}

async function isRunning(pid: number): Promise<boolean> {
  const entry = await readProcess(pid);
  return entry !== null && !entry.isZombie;
}

function pidsIn({ stdout }: TurnReport): number[] {
  return [...stdout.text.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
}

/** A turn with a grandchild, one in a group of its own, and one that is stopped; each tells its pid. */
const running = `
  sh -c 'trap "" TERM HUP; echo "pid $$"; : > one; while :; do sleep 1000; done' &
  timeout 1000 sh -c 'echo "pid $$"; : > two; sleep 1000' &
  sh -c 'echo "pid $$"; : > three; kill -STOP $$; sleep 1000' &
  echo "pid $$"; until [ -e one ] && [ -e two ] && [ -e three ]; do sleep 0.05; done; echo ready; wait`;

async function expectGone(report: TurnReport): Promise<void> {
  const pids = pidsIn(report);
  expect(pids).toHaveLength(4);
  for (const pid of pids) expect(await isRunning(pid)).toBe(false);
}

test('GD-2 a guard that is killed takes its turns along within a second; they are lost, not signalled', async () => {
  const guard = await aPermittingGuard();
  const bench = await benchOf(guard);
  const turns = [1, 2, 3].map(() => bench.start({ script: running, killAfterMs: 600_000 }));
  await Promise.all(turns.map((turn) => turn.hasWritten('ready')));
  const killedAtMs = monotonicMs();
  process.kill(guard.pid, 'SIGKILL');
  for (const turn of turns) {
    const report = await turn.report;
    expect(monotonicMs() - killedAtMs).toBeLessThan(1_000);
    expect(report.outcome).toEqual({
      kind: 'lost',
      message: 'the guard of the worker ended, and the turn with it',
      isGone: true,
    });
    await expectGone(report);
  }
  expect(guard.mayStart()).toBe(false);
  expect(await bench.run({ script: 'true' })).toMatchObject({ outcome: { kind: 'lost' }, spawnedAt: null });
});

test('the end of a guard by its worker ends its turns too', async () => {
  const guard = await aPermittingGuard();
  const turn = (await benchOf(guard)).start({ script: running });
  await turn.hasWritten('ready');
  await guard.end();
  const report = await turn.report;
  expect(report.outcome.kind).toBe('lost');
  await expectGone(report);
});

describe('GD-4 without an answered beat', () => {
  const limits = shortLimits;

  test('what somebody else could double is killed and told as fenced, never as a signal', async () => {
    const guard = await aGuardProcess({ limits });
    const fallSilent = keepAlive(guard);
    const fenced = new Promise<void>((resolve) => guard.onFenced(resolve));
    const bench = await benchOf(guard);
    const doubled = bench.start({ script: running });
    const cancelled = bench.start({ script: 'echo "$$ ready"; sleep 1000', isFenced: false });
    const single = bench.start({
      script: 'echo ready; until [ -e go ]; do sleep 0.05; done',
      isFenced: false,
      cwd: bench.folder,
    });
    await Promise.all([doubled, cancelled, single].map((turn) => turn.hasWritten('ready')));
    guard.fence(Number.parseInt(cancelled.log('stdout'), 10)); // a cancel is pending
    fallSilent();
    const report = await doubled.report;
    await fenced;
    expect(report.outcome).toEqual({ kind: 'fenced' });
    await expectGone(report);
    expect((await cancelled.report).outcome).toEqual({ kind: 'fenced' });
    await writeFile(join(bench.folder, 'go'), '');
    expect((await single.report).outcome).toEqual({ kind: 'exited', exitCode: 0 });
  });

  test('a turn that is killed by somebody else is signalled all the same', async () => {
    const bench = await benchOf(await aPermittingGuard());
    expect((await bench.run({ script: 'kill -KILL $$' })).outcome).toEqual({
      kind: 'signalled',
      signal: 'SIGKILL',
    });
  });

  test('a group that is registered later is killed at once', async () => {
    const guard = await aGuardProcess({ limits });
    const fenced = new Promise<void>((resolve) => guard.onFenced(resolve));
    guard.dot(monotonicMs());
    await fenced;
    const late = await benchOf({ ...guard, mayStart: () => true }); // as a worker that does not look at its clock
    const report = await late.run({ script: 'while :; do :; done' });
    expect(report.outcome.kind).toMatch(/fenced|lost/);
    expect(guard.gone.aborted).toBe(false);
    const fallSilent = keepAlive(guard);
    expect((await late.run({ script: 'true' })).outcome).toEqual({ kind: 'exited', exitCode: 0 });
    fallSilent();
  });

  test('nothing is executed where no beat permits it: before the first, and 15 s after the last', async () => {
    const guard = await aGuardProcess({ limits });
    const bench = await benchOf(guard);
    const script = `echo >> ${join(bench.folder, 'executed')}`;
    expect(await bench.run({ script })).toMatchObject({ outcome: { kind: 'fenced' }, spawnedAt: null });
    guard.dot(monotonicMs() - limits.permissionMs - 1);
    expect(guard.mayStart()).toBe(false);
    expect(await bench.run({ script })).toMatchObject({ outcome: { kind: 'fenced' }, spawnedAt: null });
    expect(await readdir(bench.folder)).not.toContain('executed');
  });
});

test('a guard that stands still is ended, and a turn that waits for it is lost and never executed', async () => {
  const guard = await aPermittingGuard({ answerMs: 300 });
  const bench = await benchOf(guard);
  process.kill(guard.pid, 'SIGSTOP');
  const file = join(bench.folder, 'executed');
  const report = await bench.run({ script: `echo > ${file}` });
  expect(report).toMatchObject({ outcome: { kind: 'lost', isGone: true }, spawnedAt: null });
  await guard.ended;
  expect(await readdir(bench.folder)).not.toContain('executed');
});

test('the guard ignores what is sent to a service or a terminal, and sees no credential', async () => {
  const guard = await aPermittingGuard({
    environment: { PATH: '/usr/bin:/bin', DATABASE_URL: 'postgres://u:secret@h/d', PGPASSWORD: 'secret' },
    databaseUrl: 'postgres://u:secret@h/d',
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const) process.kill(guard.pid, signal);
  expect(readFileSync(`/proc/${guard.pid}/environ`, 'latin1')).toBe('PATH=/usr/bin:/bin\0');
  expect(readFileSync(`/proc/${guard.pid}/cmdline`, 'latin1')).not.toContain('secret');
  expect((await (await benchOf(guard)).run({ script: 'true' })).outcome).toEqual({
    kind: 'exited',
    exitCode: 0,
  });
  expect(await isRunning(guard.pid)).toBe(true);
});

test('the lifeline leaves no name behind, and limits in another order are refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-guard-'));
  closing.push(() => rm(folder, { recursive: true }));
  await (await aGuardProcess({ folder })).end();
  expect(await readdir(folder)).toEqual([]);
  await expect(aGuardProcess({ folder, limits: { ...liveness, fenceMs: 30_000 } })).rejects.toThrow(
    'must rise',
  );
  const program = join(folder, 'broken.mjs');
  await writeFile(program, 'process.exit(1);\n');
  await expect(aGuardProcess({ folder, program })).rejects.toThrow('did not start');
});
