import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { identityOf } from '@flotilla/embedded';
import { sleep } from '@flotilla/runtime';
import { killTree } from './kill-tree.ts';
import { lastLines, logPath, openLog } from './process-log.ts';
import { dropRecord, keepRecord, type ProcessRecord } from './process-record.ts';
import { restartDelay } from './restart-delay.ts';

/** A process that is to run until we stop it. */
export type Program = {
  readonly name: string;
  readonly kind: ProcessRecord['kind'];
  readonly stopSignal: ProcessRecord['stopSignal'];
  /** How long it may take to end after its signal. */
  readonly graceMs: number;
  /** Asked before each start. */
  launch(): Promise<Launch>;
};

export type Launch = {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
};

/** How a process ended that should not have, and what is done about it. */
export type Death = {
  readonly name: string;
  readonly why: string;
  readonly lastLines: readonly string[];
  readonly logFile: string;
  readonly restartInMs: number;
};

export type Supervised = {
  readonly name: string;
  /** Sends the stop signal, waits for the grace, then kills. May be called twice. */
  stop(): Promise<void>;
  /** Kills it and all that descends from it, at once. */
  kill(): Promise<void>;
};

const LAST_LINES = 10;
const REMEMBERED_DEATHS = 32;

/**
 * Runs a program in a session of its own (a Ctrl-C in our terminal is ours alone), its output appended to
 * `<logs>/<name>.log`, and starts it again whenever it dies, at once or after `restartDelay`.
 */
export function supervise(
  program: Program,
  folders: { readonly run: string; readonly logs: string },
  onDeath: (death: Death) => void,
): Supervised {
  const stopping = new AbortController();
  const deaths: number[] = [];
  let child: ChildProcess | undefined;

  async function keepRunning(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { why, since } = await runOnce();
      if (stopping.signal.aborted) {
        return;
      }
      deaths.push(performance.now());
      deaths.splice(0, deaths.length - REMEMBERED_DEATHS);
      const restartInMs = restartDelay(deaths);
      const lines = await lastLines(folders.logs, program.name, LAST_LINES, since).catch(() => []);
      const logFile = logPath(folders.logs, program.name);
      onDeath({ name: program.name, why, lastLines: lines, logFile, restartInMs });
      await sleep(restartInMs, stopping.signal).catch(() => undefined);
    }
  }

  /** From the spawn to the end. A start that fails is an end too. */
  async function runOnce(): Promise<{ why: string; since: number }> {
    let since = 0;
    try {
      const launch = await program.launch();
      const log = await openLog(folders.logs, program.name);
      since = (await log.stat()).size;
      if (stopping.signal.aborted) {
        await log.close();
        return { why: 'stopped', since };
      }
      child = spawnProgram(program, launch, log.fd);
      const exited = once(child, 'exit');
      exited.catch(() => undefined); // a spawn that fails is heard below
      await log.close();
      await remember(child);
      const [code, signal] = await exited;
      return { why: signal === null ? `exit code ${code}` : `signal ${signal}`, since };
    } catch (error) {
      return { why: error instanceof Error ? error.message : String(error), since };
    } finally {
      child = undefined;
      await dropRecord(folders.run, program.name);
    }
  }

  async function remember({ pid }: ChildProcess): Promise<void> {
    const identity = pid === undefined ? undefined : await identityOf(pid);
    if (identity !== undefined) {
      const { name, kind, stopSignal } = program;
      await keepRecord(folders.run, { name, kind, stopSignal, ...identity });
    }
  }

  const running = keepRunning();

  async function kill(): Promise<void> {
    stopping.abort();
    if (child?.pid !== undefined) {
      await killTree(child.pid);
    }
    await running;
  }

  async function stop(): Promise<void> {
    stopping.abort();
    child?.kill(program.stopSignal);
    const ended = new AbortController();
    const grace = sleep(program.graceMs, ended.signal).then(kill);
    await running;
    ended.abort();
    await grace.catch(() => undefined); // the wait was called off
  }

  return { name: program.name, stop, kill };
}

function spawnProgram({ kind }: Program, { command, args, env, cwd }: Launch, log: number): ChildProcess {
  // A service stops when its pipe closes, in whatever way we end; a server is found again by its record.
  const stdin = kind === 'service' ? 'pipe' : 'ignore';
  const child = spawn(command, args, { cwd, env: { ...env }, detached: true, stdio: [stdin, log, log] });
  child.stdin?.on('error', () => undefined); // it died: its exit says so
  return child;
}
