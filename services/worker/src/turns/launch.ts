import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Guard } from '../guard/guard.ts';
import type { Command } from './command.ts';
import { errorCode } from './error-code.ts';
import { createGate, type Gate } from './gate.ts';
import { Misconfigured } from './misconfigured.ts';
import type { Pipe } from './pipes.ts';
import { createProcessGroup, type ProcessGroup } from './process-group.ts';

/** All that a process needs to begin. */
export interface Launch {
  readonly command: Command;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A file that the turn reads as its standard input; null: nothing. */
  readonly stdinPath: string | null;
}

/** A wrapper that waits at its gate (`command.ts`), or already the turn. */
export interface LaunchedTurn {
  readonly gate: Gate;
  readonly group: ProcessGroup;
  readonly stdout: Socket;
  readonly stderr: Socket;
}

/**
 * Starts the wrapper of a turn as the leader of a session and group of its own. It holds the lifeline of the guard.
 *
 * @throws Misconfigured where the fault is the turn's; a system error where it is the machine's (`EAGAIN`, `ENOMEM`)
 */
export async function launchTurn(
  launch: Launch,
  guard: Pick<Guard, 'lifeline' | 'gone'>,
  takePipe: () => Promise<Pipe>,
): Promise<LaunchedTurn> {
  const stdout = await takePipe();
  const stderr = await takePipe().catch((error: unknown) => {
    abandon(stdout);
    throw error;
  });
  try {
    const child = await start(launch, guard, [stdout.writeEnd, stderr.writeEnd]);
    const [, , , , socket] = child.stdio;
    if (!(socket instanceof Socket)) throw new Error('a turn was started without its gate');
    const gate = createGate(socket);
    const group = createProcessGroup(child, gate);
    closeSync(stdout.writeEnd);
    closeSync(stderr.writeEnd);
    return { gate, group, stdout: stdout.output, stderr: stderr.output };
  } catch (error) {
    abandon(stdout);
    abandon(stderr);
    throw asMisconfigured(error);
  }
}

async function start(
  launch: Launch,
  guard: Pick<Guard, 'lifeline' | 'gone'>,
  outputs: readonly [stdout: number, stderr: number],
): Promise<StartedProcess> {
  const [program, ...args] = launch.command;
  const stdin = launch.stdinPath === null ? 'ignore' : openSync(launch.stdinPath, 'r');
  try {
    guard.gone.throwIfAborted(); // its descriptor is closed then, and the number may be another's
    const child = spawn(program, args, {
      cwd: launch.cwd,
      env: launch.environment,
      stdio: [stdin, ...outputs, guard.lifeline, 'pipe'],
      detached: true,
    });
    if (isStarted(child)) {
      return child;
    }
    const [error] = await once(child, 'error');
    throw error;
  } finally {
    if (typeof stdin === 'number') {
      closeSync(stdin);
    }
  }
}

type StartedProcess = ChildProcess & { readonly pid: number };

function isStarted(child: ChildProcess): child is StartedProcess {
  return child.pid !== undefined;
}

function abandon(pipe: Pipe): void {
  closeSync(pipe.writeEnd);
  pipe.output.destroy();
}

function asMisconfigured(error: unknown): unknown {
  return errorCode(error) === 'E2BIG'
    ? new Misconfigured(
        'arguments and environment are longer than this system hands to a process (E2BIG); use "stdin" or a file',
      )
    : error;
}
