import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterOurEnd } from './after-our-end.ts';
import type { ServerSpec } from './server-spec.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningServer {
  readonly spec: ServerSpec;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Lets it save and end, and kills it after 15 s. May be called twice, and after its end. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  /** Its stdout and stderr are appended here. */
  readonly logFile: string;
  /** Default 30 s. */
  readonly readyTimeoutMs?: number;
  /** Stop it when this process ends, even by kill -9. Default false. */
  readonly endsWithUs?: boolean;
}

const probePauseMs = 15;
const stopPatienceMs = 15_000;

/** Starts a server in a session of its own and waits until it answers. Throws with its last lines if it does not. */
export async function startServer(spec: ServerSpec, options: StartOptions): Promise<RunningServer> {
  await spec.makeWay();
  const { logFile, readyTimeoutMs = 30_000, endsWithUs = false } = options;
  const logStart = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  const child = await spawnServer(spec, logFile);
  const server = runningServer(spec, child);
  if (endsWithUs) {
    const release = afterOurEnd('kill', `-${spec.stopSignal.slice(3)}`, String(server.pid));
    void server.exited.then(release);
  }
  const fault = await awaitReady(server, readyTimeoutMs);
  if (fault === undefined) return server;
  await server.stop();
  const lines = (await readFile(logFile)).subarray(logStart).toString().trim().split('\n').slice(-10);
  throw new Error(`${spec.name} ${fault}. Last lines of ${logFile}:\n${lines.join('\n')}`);
}

async function spawnServer(spec: ServerSpec, logFile: string): Promise<ChildProcess> {
  const log = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...spec.env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    return child;
  } finally {
    await log.close();
  }
}

function runningServer(spec: ServerSpec, child: ChildProcess): RunningServer {
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const stop = async (): Promise<void> => {
    child.kill(spec.stopSignal);
    const timer = setTimeout(() => child.kill('SIGKILL'), stopPatienceMs);
    await exited;
    clearTimeout(timer);
  };
  let stopping: Promise<void> | undefined;
  return {
    spec,
    pid: child.pid ?? 0,
    exited,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

/** What went wrong, or undefined once it answers. */
async function awaitReady(server: RunningServer, timeoutMs: number): Promise<string | undefined> {
  let fault: string | undefined;
  void server.exited.then(({ code, signal }) => {
    fault = `ended at its start with ${signal === null ? `exit code ${code}` : `signal ${signal}`}`;
  });
  const deadline = performance.now() + timeoutMs;
  while (fault === undefined) {
    if (await server.spec.ready()) return undefined;
    if (performance.now() > deadline) return `did not answer within ${timeoutMs / 1000} s`;
    await sleep(probePauseMs);
  }
  return fault;
}
