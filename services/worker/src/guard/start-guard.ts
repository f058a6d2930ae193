import { type ChildProcess, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type LivenessLimits, liveness, livenessFault } from '@flotilla/domain';
import { type Environment, monotonicMs, withTimeLimit } from '@flotilla/runtime';
import { childStart } from '../turns/process-table.ts';
import { createAnswers } from './answers.ts';
import type { Guard } from './guard.ts';
import { type Lifeline, openLifeline } from './lifeline.ts';
import { asLine, type FromGuard, parseFromGuard, type ToGuard } from './message.ts';
import { readLines } from './read-lines.ts';

export interface GuardOptions {
  readonly workerId: string;
  /** Where the guard writes the worker's death; told over a pipe, so that it is in no environment and no argument. */
  readonly databaseUrl: string;
  /** The worker's own environment, of which the guard sees next to nothing. */
  readonly environment: Environment;
  /** A folder of the worker's user, in which the lifeline is made. */
  readonly folder: string;
  readonly limits?: LivenessLimits;
  /** A guard that has not answered for so long is frozen, and is ended: 10 s. */
  readonly answerMs?: number;
  /** The guard's program; the one beside this where none is named. */
  readonly program?: string;
}

type GuardProcess = ChildProcess & Required<Pick<ChildProcess, 'pid'>>;

const defaultAnswerMs = 10_000;
const startLimitMs = 10_000;
/** A guard that was told to end and has not is killed. */
const endLimitMs = 2_000;

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
  const { guard, isReady } = attend(child, lifeline.readEnd, options);
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

function tell(child: ChildProcess, message: ToGuard): void {
  child.stdin?.write(asLine(message));
}

/** The worker's side of a guard that was started. */
function attend(child: GuardProcess, lifeline: number, options: GuardOptions) {
  const { limits = liveness, answerMs = defaultAnswerMs } = options;
  const kill = () => void child.kill('SIGKILL');
  const registered = createAnswers<void>(answerMs, kill);
  const released = createAnswers<boolean>(answerMs, kill);
  const gone = new AbortController();
  setMaxListeners(0, gone.signal); // each turn listens
  const fencedListeners: (() => void)[] = [];
  let lastDotMs = Number.NEGATIVE_INFINITY;
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve, reject) => {
    ready = resolve;
    gone.signal.addEventListener('abort', () => reject(new Error('it has ended')));
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      closeSync(lifeline);
      gone.abort();
      registered.close();
      released.close();
      resolve();
    });
  });

  function hear(message: FromGuard): void {
    if (message.kind === 'ready') ready();
    else if (message.kind === 'registered') registered.give(message.groupId);
    else if (message.kind === 'released') released.give(message.groupId, message.wasKilled);
    else for (const listener of fencedListeners) listener();
  }

  child.stdin?.on('error', () => undefined); // it has ended, which its exit tells
  if (child.stdout !== null) {
    readLines(child.stdout, { onLine: (line) => hear(parseFromGuard(line)), onError: kill });
  }

  const guard: Guard = {
    lifeline,
    ended,
    gone: gone.signal,
    async register({ groupId, isFenced }) {
      if (gone.signal.aborted) throw new Error('the guard has ended');
      tell(child, { kind: 'register', groupId, start: childStart(groupId), isFenced });
      await registered.expect(groupId);
    },
    fence: (groupId) => tell(child, { kind: 'fence', groupId }),
    async release(groupId) {
      if (gone.signal.aborted) return true;
      tell(child, { kind: 'release', groupId });
      return released.expect(groupId).catch(() => true);
    },
    dot(beatSentAtMs) {
      lastDotMs = Math.max(lastDotMs, beatSentAtMs);
      tell(child, { kind: 'dot', beatSentAtMs });
    },
    mayStart: () => !gone.signal.aborted && monotonicMs() - lastDotMs < limits.permissionMs,
    onFenced: (listener) => void fencedListeners.push(listener),
    openInside: (runId) => tell(child, { kind: 'openInside', runId }),
    closeInside: (runId) => tell(child, { kind: 'closeInside', runId }),
    async end() {
      tell(child, { kind: 'bye' });
      await withTimeLimit(endLimitMs, ended).catch(kill);
      await ended;
    },
  };
  return { guard, isReady };
}
