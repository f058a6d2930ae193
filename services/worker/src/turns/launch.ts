import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Command } from './command.ts';
import { errorCode } from './error-code.ts';
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

export interface LaunchedTurn {
  readonly group: ProcessGroup;
  readonly stdout: Socket;
  readonly stderr: Socket;
}

/** What an `exec` says of the program and its arguments, and not of the machine's present state. */
const turnFaults: ReadonlySet<string> = new Set([
  'EACCES',
  'EINVAL',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOEXEC',
  'ENOTDIR',
  'EPERM',
]);

/**
 * Starts a turn as the leader of a session and group of its own.
 *
 * @throws Misconfigured where the fault is the turn's; a system error where it is the machine's (`EAGAIN`, `ENOMEM`)
 */
export async function launchTurn(launch: Launch, takePipe: () => Promise<Pipe>): Promise<LaunchedTurn> {
  const stdout = await takePipe();
  const stderr = await takePipe().catch((error: unknown) => {
    abandon(stdout);
    throw error;
  });
  try {
    const group = createProcessGroup(await start(launch, stdout.writeEnd, stderr.writeEnd));
    closeSync(stdout.writeEnd);
    closeSync(stderr.writeEnd);
    return { group, stdout: stdout.output, stderr: stderr.output };
  } catch (error) {
    abandon(stdout);
    abandon(stderr);
    throw asMisconfigured(error, launch.command[0]);
  }
}

async function start(launch: Launch, stdout: number, stderr: number): Promise<StartedProcess> {
  const [program, ...args] = launch.command;
  const stdin = launch.stdinPath === null ? 'ignore' : openSync(launch.stdinPath, 'r');
  try {
    const child = spawn(program, args, {
      cwd: launch.cwd,
      env: launch.environment,
      stdio: [stdin, stdout, stderr],
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

function asMisconfigured(error: unknown, program: string): unknown {
  const code = errorCode(error);
  if (code === 'E2BIG') {
    return new Misconfigured(
      'arguments and environment are longer than this system hands to a process (E2BIG); use "stdin" or a file',
    );
  }
  return turnFaults.has(code)
    ? new Misconfigured(
        `the program ${program} could not be started (${code}); is it made for this machine, and is the ` +
          'interpreter that its first line names there?',
      )
    : error;
}
