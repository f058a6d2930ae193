import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readProcess, readProcessTable } from './process-table.ts';
import { openTurnBench, type StartedTurn, type TurnBench } from './turn-under-test.ts';

let bench: TurnBench;
beforeAll(async () => {
  bench = await openTurnBench();
});
afterAll(() => bench.close());

const hasProc = process.platform === 'linux';

/** Prints `pid <n>` for a grandchild that sleeps for ever, with none of the turn's pipes. */
const grandchild = 'sleep 1000 >/dev/null 2>&1 & echo "pid $!"';

async function isRunning(pid: number): Promise<boolean> {
  const entry = await readProcess(pid);
  return entry !== null && !entry.isZombie;
}

function pidsIn(text: string): number[] {
  return [...text.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
}

/** Returns when the process has ended, before this process can hear of it; nothing where it heard already. */
function waitForZombie(pid: number): void {
  while (existsSync(`/proc/${pid}`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

/** The processes that the turn named are gone at the moment of its report. */
async function expectGone(turn: StartedTurn): Promise<void> {
  const pids = pidsIn((await turn.report).stdout.text);
  expect(pids).not.toEqual([]);
  for (const pid of pids) {
    expect(await isRunning(pid)).toBe(false);
  }
}

describe('a turn that is ended early', () => {
  test('for its time is timed_out, its grandchildren gone', async () => {
    const turn = bench.start({ script: `${grandchild}; echo "pid $$"; wait`, timeoutMs: 1_500 });
    expect((await turn.report).outcome).toEqual({ kind: 'timed_out' });
    await expectGone(turn);
  });

  test.each(['cancelled', 'drained'] as const)('is %s, its grandchildren gone', async (reason) => {
    const turn = bench.start({ script: `${grandchild}; echo ready; wait` });
    await turn.hasWritten('ready');
    turn.stop(reason);
    expect((await turn.report).outcome).toEqual({ kind: reason });
    await expectGone(turn);
  });

  test('is lost where the worker was disowned, without grace', async () => {
    const turn = bench.start({
      script: `trap "" TERM; ${grandchild}; echo ready; wait`,
      killAfterMs: 600_000,
    });
    await turn.hasWritten('ready');
    turn.stop('disowned');
    expect((await turn.report).outcome.kind).toBe('lost');
    await expectGone(turn);
  });

  test('before it began is never started', async () => {
    const turn = bench.start({ script: 'echo started' });
    turn.stop('cancelled');
    expect(await turn.report).toMatchObject({ outcome: { kind: 'cancelled' }, spawnedAt: null });
  });

  test('may end in its own way within its grace, and is cancelled all the same', async () => {
    const turn = bench.start({ script: 'trap "echo bye; exit 0" TERM; echo ready; sleep 1000 & wait' });
    await turn.hasWritten('ready');
    turn.stop('cancelled');
    expect(await turn.report).toMatchObject({
      outcome: { kind: 'cancelled' },
      stdout: { text: 'ready\nbye\n' },
    });
  });

  test('is killed after its grace where it ignores TERM', async () => {
    const turn = bench.start({ script: `trap "" TERM; ${grandchild}; echo ready; wait`, killAfterMs: 100 });
    await turn.hasWritten('ready');
    turn.stop('cancelled');
    expect((await turn.report).outcome).toEqual({ kind: 'cancelled' });
    await expectGone(turn);
  });

  test('hears TERM although it is stopped', async () => {
    const script = 'trap "echo bye; exit" TERM; echo ready; kill -STOP $$; wait';
    const turn = bench.start({ script, killAfterMs: 600_000 });
    await turn.hasWritten('ready');
    turn.stop('cancelled');
    expect((await turn.report).stdout.text).toBe('ready\nbye\n');
  });

  test.runIf(hasProc)('takes the groups along that it made in its session', async () => {
    const turn = bench.start({ script: `timeout 1000 sh -c 'echo "pid $$"; sleep 1000'` });
    await turn.hasWritten('pid');
    turn.stop('cancelled');
    expect((await turn.report).outcome).toEqual({ kind: 'cancelled' });
    await expectGone(turn);
  });

  test.runIf(hasProc)('CN-1 counts as it ended where it ended by itself just before', async () => {
    const turn = bench.start({ script: 'echo "pid $$"' });
    await turn.hasWritten('pid');
    const [pid = 0] = pidsIn(turn.log('stdout'));
    waitForZombie(pid);
    turn.stop('cancelled'); // its end is known to the system, and to nobody here
    expect((await turn.report).outcome).toEqual({ kind: 'exited', exitCode: 0 });
  });
});

describe('CN-3 a leader that exits', () => {
  test('takes along what it left in its group', async () => {
    const turn = bench.start({ script: `${grandchild}; exit 4` });
    expect((await turn.report).outcome).toEqual({ kind: 'exited', exitCode: 4 });
    await expectGone(turn);
  });

  test('takes along what holds its pipes, after 2 s', async () => {
    const turn = bench.start({ script: 'sleep 1000 & echo "pid $!"' });
    expect((await turn.report).outcome).toEqual({ kind: 'exited', exitCode: 0 });
    await expectGone(turn);
  });

  test.runIf(hasProc)('is not kept by a daemon that left its session', async () => {
    const turn = bench.start({ script: 'setsid sleep 1000 & echo "pid $!"; exit 0' });
    const { outcome, stdout } = await turn.report;
    expect(outcome).toEqual({ kind: 'exited', exitCode: 0 });
    const [daemon = 0] = pidsIn(stdout.text);
    expect(await isRunning(daemon)).toBe(true);
    process.kill(daemon, 'SIGKILL');
  });
});

test.runIf(hasProc)('GD-6 a group is gone although a zombie of it stays', async () => {
  // The parent of a process that has ended leaves the session, and never asks for its end.
  const careless = "sh -c 'true & exec setsid sleep 1000' >/dev/null 2>&1";
  const session = 'cut -d " " -f 6 /proc/$!/stat';
  const script = `${careless} & echo "pid $!"; while [ "$(${session})" = "$$" ]; do :; done`;
  const { outcome, stdout } = await bench.run({ script });
  expect(outcome).toEqual({ kind: 'exited', exitCode: 0 });
  const [parent = 0] = pidsIn(stdout.text);
  expect(await isRunning(parent)).toBe(true);
  process.kill(parent, 'SIGKILL');
});

test('GD-6 the process table tells zombies from the living, for all who ask at once', async () => {
  const tables = await Promise.all([readProcessTable(), readProcessTable(), readProcessTable()]);
  expect(tables[0]).toBe(tables[2]);
  const own = tables[0]?.find(({ pid }) => pid === process.pid);
  expect(own).toMatchObject({ isZombie: false });
  expect(await readProcess(2 ** 22 + 1)).toBe(null);
});
