import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { openLifeline } from '../guard/lifeline.ts';
import { wrapped } from './command.ts';
import { createGate, type Gate } from './gate.ts';
import { runningMembers, signalGroup } from './group-members.ts';
import { readProcessTable } from './process-table.ts';

// What the wrapper and its keeper do by themselves: no worker and no guard lives here.

interface Wrapped {
  readonly child: ChildProcess & { readonly stdout: Socket };
  readonly groupId: number;
  readonly gate: Gate;
  endLifeline(): void;
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function wrap(shell: string, script: string): Promise<Wrapped> {
  const { readEnd, writeEnd } = await openLifeline(tmpdir());
  const [, ...args] = wrapped(['/bin/sh', '-c', script], { umask: null });
  const child = spawn(shell, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit', readEnd, 'pipe'] });
  const socket = child.stdio[4];
  const { stdout, pid: groupId = 0 } = child;
  if (!(socket instanceof Socket) || !(stdout instanceof Socket)) throw new Error('it did not start');
  closeSync(readEnd);
  let isEnded = false;
  const endLifeline = () => {
    if (!isEnded) closeSync(writeEnd);
    isEnded = true;
  };
  ends.push(endLifeline, () => signalGroup(groupId, 'SIGKILL'));
  return { child: Object.assign(child, { stdout }), groupId, gate: createGate(socket), endLifeline };
}

async function textOf({ child }: Wrapped): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return text.trim();
}

/** Resolves once the turn has written a line. */
async function hasWritten({ child }: Wrapped): Promise<void> {
  await once(child.stdout, 'data');
}

async function pidsOf({ groupId }: Wrapped): Promise<number[]> {
  const members = runningMembers(await readProcessTable(), { groupId, start: null });
  return members.map(({ pid }) => pid);
}

async function untilGone(turn: Wrapped): Promise<void> {
  await expect.poll(() => pidsOf(turn), { timeout: 10_000 }).toEqual([]);
}

const shells = ['/bin/sh', '/bin/bash'].filter((path) => existsSync(path));

describe.each(shells)('GD-2 with %s the keeper', (shell) => {
  test('ends the turn with the lifeline: the stopped, the stubborn and groups of the session too', async () => {
    const turn = await wrap(
      shell,
      `trap '' TERM HUP
       timeout 1000 sleep 1000 & sh -c 'kill -STOP $$' & sh -c 'echo ready; exec sleep 1000' & wait`,
    );
    expect(await turn.gate.keeper).toBeGreaterThan(1);
    turn.gate.open();
    await hasWritten(turn);
    turn.endLifeline();
    expect(await once(turn.child, 'exit')).toEqual([null, 'SIGKILL']);
    await turn.gate.keeperEnded;
    await untilGone(turn);
  });

  test('outlives what a turn sends to its own group', async () => {
    const signals = 'HUP INT QUIT USR1 USR2 PIPE ALRM TERM TSTP TTIN TTOU';
    const turn = await wrap(
      shell,
      `trap '' ${signals}; for signal in ${signals}; do kill -s $signal 0; done; echo ready; sleep 1000`,
    );
    const keeper = await turn.gate.keeper;
    turn.gate.open();
    await hasWritten(turn);
    expect(await pidsOf(turn)).toContain(keeper);
    turn.endLifeline();
    expect(await once(turn.child, 'exit')).toEqual([null, 'SIGKILL']);
  });

  test.runIf(existsSync('/proc/self'))(
    'is no child of the turn, and shares none of its descriptors',
    async () => {
      const children = 'sed -n "s/^\\([0-9]*\\) (.*) . $$ .*/\\1/p" /proc/[0-9]*/stat 2>/dev/null';
      const descriptors = 'for fd in 3 4; do [ -e /proc/$$/fd/$fd ] && echo $fd; done';
      const turn = await wrap(shell, `found=$(${children}); ${descriptors}; wait; echo "end $found"`);
      const keeper = await turn.gate.keeper;
      turn.gate.open();
      const text = await textOf(turn);
      expect(text).toMatch(/^end/);
      expect(text.split(/\s+/)).not.toContain(String(keeper));
      await expect.poll(() => pidsOf(turn)).toEqual([keeper]); // a process closes its pipes before it has ended
    },
  );

  test('GD-1 nothing is executed without the line of the worker, and nothing is left', async () => {
    const turn = await wrap(shell, 'echo executed');
    await turn.gate.keeper;
    turn.gate.shut();
    expect(await textOf(turn)).toBe('');
    await untilGone(turn);
  });

  test('GD-1 nor where the lifeline had ended before', async () => {
    const turn = await wrap(shell, 'echo executed');
    turn.endLifeline();
    expect(await textOf(turn)).toBe('');
    await untilGone(turn);
  });
});
