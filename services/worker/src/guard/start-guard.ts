import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { liveness, livenessFault } from '@flotilla/domain';
import { type Environment, withTimeLimit } from '@flotilla/runtime';
import { childStart } from '../turns/process-table.ts';
import { type AttendOptions, attendGuard, type GuardProcess, tell } from './attend-guard.ts';
import type { Guard } from './guard.ts';
import { type Lifeline, openLifeline } from './lifeline.ts';

export interface GuardOptions extends AttendOptions {
  readonly workerId: string;
  /** Where the guard writes the worker's death; told over a pipe, so that it is in no environment and no argument. */
  readonly databaseUrl: string;
  /** The worker's own environment, of which the guard sees next to nothing. */
  readonly environment: Environment;
  /** A folder of the worker's user, in which the lifeline is made. */
  readonly folder: string;
  /** The guard's program; the one beside this where none is named. */
  readonly program?: string;
}

const startLimitMs = 10_000;

/** In a bundle `guard.mjs` lies beside the worker's; what `tsc` emits lies as the sources do. */
const besideThis = import.meta.url.endsWith('.mjs') ? './guard.mjs' : './main.js';

/** What a connection to the database may need of the worker's environment, and is no credential. */
const passedOn = ['PATH', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/**
 * GD-1: starts the guard of one worker id, in a session of its own; resolves once it answers.
 *
 * @throws where the limits break GD-8, where the folder allows no FIFO, and where the process does not start
 */
export async function startGuard(options: GuardOptions): Promise<Guard> {
  const { workerId, databaseUrl, limits = liveness } = options;
  const fault = livenessFault(limits);
  if (fault !== null) throw new Error(fault);
  const lifeline = await openLifeline(options.folder);
  const child = await spawnGuard(options, lifeline);
  const { guard, isReady } = attendGuard(child, lifeline.readEnd, options);
  tell(child, {
    kind: 'start',
    workerId,
    databaseUrl,
    workerPid: process.pid,
    workerStart: childStart(process.pid),
    fenceMs: limits.fenceMs,
    insideMs: limits.insideMs,
  });
  try {
    await withTimeLimit(startLimitMs, isReady);
    return guard;
  } catch (error) {
    child.kill('SIGKILL');
    await guard.ended;
    throw new Error('the guard of this worker did not start', { cause: error });
  }
}

async function spawnGuard(options: GuardOptions, lifeline: Lifeline): Promise<GuardProcess> {
  const program = options.program ?? fileURLToPath(new URL(besideThis, import.meta.url));
  const passed = passedOn.map((name) => [name, options.environment[name]] as const);
  try {
    const child = spawn(process.execPath, [program], {
      cwd: '/',
      env: Object.fromEntries(passed.filter(([, value]) => value !== undefined)),
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit', lifeline.writeEnd],
    });
    if (isStarted(child)) return child;
    const [error] = await once(child, 'error');
    throw error;
  } catch (error) {
    closeSync(lifeline.readEnd);
    throw error;
  } finally {
    closeSync(lifeline.writeEnd);
  }
}

function isStarted(child: ChildProcess): child is GuardProcess {
  return child.pid !== undefined;
}
