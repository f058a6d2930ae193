import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { afterOurEnd, type Exit, freePort } from '@flotilla/embedded';
import { plainEnvironment } from './plain-environment.ts';
import { waitFor } from './wait-for.ts';

/** One service of a fleet: a plain process of its own. */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Undefined while it runs. */
  ended(): Exit | undefined;
  wasToldToEnd(): boolean;
  /** Asks it to end, and kills it where it does not. May be called after its end. */
  stop(): Promise<void>;
  /** Resolves once it has ended. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
  /** GET of its health port: `/readyz`, `/metrics`. */
  ask(path: string): Promise<{ status: number; text: string }>;
  /** What it has written so far. */
  log(): Promise<string>;
}

export interface ServiceStart {
  readonly name: string;
  readonly main: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly logFile: string;
}

/** After our end a service stops by itself; one that hangs is killed so much later. */
const hangingSeconds = 30;
const stopPatienceMs = 30_000;

/** Starts a service without waiting for it. It ends with this process, however that ends. */
export async function launchService(start: ServiceStart): Promise<ServiceProcess> {
  const port = await freePort();
  return serviceProcess(start, await spawnService(start, port), port);
}

/** Starts a service and waits until it says that it is ready. */
export async function startService(start: ServiceStart): Promise<ServiceProcess> {
  const service = await launchService(start);
  await waitFor(`${start.name} to be ready`, async () => {
    const exit = service.ended();
    if (exit !== undefined) return { exit };
    const { status, text } = await service.ask('/readyz');
    if (status !== 200) throw new Error(text);
    return { exit };
  }).then(async ({ exit }) => {
    if (exit !== undefined) throw new Error(`${start.name} ended at its start: ${await service.log()}`);
  });
  return service;
}

async function spawnService(start: ServiceStart, port: number): Promise<ChildProcess> {
  const log = await open(start.logFile, 'a', 0o600);
  try {
    const child = spawn(process.execPath, ['--enable-source-maps', start.main], {
      cwd: start.folder,
      env: plainEnvironment({
        ...start.environment,
        FLOTILLA_HEALTH_PORT: String(port),
        FLOTILLA_STOP_WITH_STDIN: '1',
      }),
      detached: true, // a Ctrl-C is for the test run, which stops its fleets itself
      stdio: ['pipe', log.fd, log.fd],
    });
    child.stdin?.on('error', () => undefined);
    await once(child, 'spawn');
    return child;
  } finally {
    await log.close();
  }
}

function serviceProcess(start: ServiceStart, child: ChildProcess, port: number): ServiceProcess {
  const pid = child.pid ?? 0;
  let ended: Exit | undefined;
  let toldToEnd = false;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = { code, signal };
      resolve(ended);
    });
  });
  const release = afterOurEnd('sh', '-c', `sleep ${hangingSeconds}; kill -KILL "$0"`, String(pid));
  void exited.then(release);
  const signal = (name: NodeJS.Signals): void => {
    toldToEnd ||= name !== 'SIGSTOP' && name !== 'SIGCONT';
    child.kill(name);
  };
  return {
    name: start.name,
    pid,
    exited,
    ended: () => ended,
    wasToldToEnd: () => toldToEnd,
    signal,
    async stop() {
      if (ended !== undefined) return;
      signal('SIGCONT');
      signal('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopPatienceMs);
      await exited;
      clearTimeout(timer);
    },
    kill(name) {
      signal(name);
      return exited;
    },
    async ask(path) {
      const reply = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) });
      return { status: reply.status, text: await reply.text() };
    },
    log: () => readFile(start.logFile, 'utf8'),
  };
}
