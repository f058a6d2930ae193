import { setMaxListeners } from 'node:events';
import { closeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ShellTurn, StopReason, TurnReport } from '@flotilla/domain';
import type { Fence } from '../guard/fence.ts';
import type { Guard } from '../guard/guard.ts';
import { openLifeline } from '../guard/lifeline.ts';
import { aGuard } from '../test-guard.ts';
import type { LogStream } from '../turn-log/log-chunk.ts';
import { createSecretSource } from './secret-source.ts';
import { createShellTurns } from './shell.ts';
import type { TurnIdentity, TurnTask } from './turn.ts';

/** What a test may say of a turn; the rest is that of a short job. */
export interface TurnUnderTest extends Partial<Omit<ShellTurn, 'kind' | 'command'>> {
  readonly script?: string;
  readonly argv?: readonly string[];
  readonly shellPath?: string;
  readonly context?: unknown;
  readonly identity?: Partial<TurnIdentity>;
  readonly isFenced?: boolean;
  readonly onSpawned?: (at: number) => void;
}

export interface StartedTurn {
  readonly report: Promise<TurnReport>;
  stop(reason: StopReason): void;
  /** Resolves when the turn has written the text to its log, masked as it is. */
  hasWritten(text: string): Promise<void>;
  log(stream: LogStream): string;
}

export interface TurnBench {
  readonly folder: string;
  start(turn: TurnUnderTest): StartedTurn;
  run(turn: TurnUnderTest): Promise<TurnReport>;
  close(): Promise<void>;
}

const identity: TurnIdentity = {
  runId: '0198f0c0-0000-7000-8000-000000000001',
  jobId: 'nightly-report',
  cause: 'schedule',
  tickAt: Date.UTC(2027, 0, 1, 2),
  attempt: 1,
  deadlineAt: Date.UTC(2027, 0, 1, 2, 10),
  idempotencyKey: 'f'.repeat(32),
  parentRunId: null,
};

/** A folder, and shell turns that work in it, guarded by nobody's process where no guard is given. */
export async function openTurnBench(
  environment: Record<string, string> = {},
  guardedBy?: (folder: string) => Promise<Guard>,
): Promise<TurnBench> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-turn-'));
  const guard = await (guardedBy ?? permissiveGuard)(folder);
  const runTurn = createShellTurns({
    workDir: join(folder, 'work'),
    secrets: createSecretSource({ folder: join(folder, 'secrets'), environment }),
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin', ...environment },
  });
  let turns = 0;

  const start = (turn: TurnUnderTest): StartedTurn => {
    const stopped = new AbortController();
    const log = createMemoryLog();
    turns += 1;
    const task: TurnTask<ShellTurn> = {
      turn: shellTurn(turn),
      identity: { ...identity, attempt: turns, ...turn.identity },
      context: turn.context ?? null,
      stop: stopped.signal,
      guard,
      isFenced: turn.isFenced ?? true,
      gated: new AbortController().signal,
      fence: anOpenFence,
      log,
      ...(turn.onSpawned === undefined ? {} : { onSpawned: turn.onSpawned }),
    };
    return {
      report: runTurn(task),
      stop: (reason) => stopped.abort(reason),
      hasWritten: log.has,
      log: log.text,
    };
  };
  return {
    folder,
    start,
    run: (turn) => start(turn).report,
    async close() {
      await guard.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Permission that never ends. */
export function anOpenFence(): Fence {
  return { signal: new AbortController().signal, isPast: () => false, enter: () => () => undefined };
}

async function permissiveGuard(folder: string): Promise<Guard> {
  const { readEnd, writeEnd } = await openLifeline(folder);
  const guard = aGuard();
  guard.permit(true);
  setMaxListeners(0, guard.gone); // each turn listens
  void guard.ended.then(() => {
    closeSync(readEnd);
    closeSync(writeEnd);
  });
  return { ...guard, lifeline: readEnd };
}

function shellTurn({ script, argv, shellPath = '/bin/sh', ...rest }: TurnUnderTest): ShellTurn {
  return {
    kind: 'shell',
    command: argv === undefined ? { shellPath, script: script ?? '' } : { argv },
    cwd: rest.cwd ?? null,
    env: rest.env ?? {},
    secrets: rest.secrets ?? [],
    stdin: rest.stdin ?? null,
    umask: rest.umask ?? null,
    timeoutMs: rest.timeoutMs ?? 60_000,
    killAfterMs: rest.killAfterMs ?? 5_000,
    outputLimitBytes: rest.outputLimitBytes ?? 8 * 1024 ** 2,
  };
}

function createMemoryLog() {
  const bytes: Record<LogStream, Buffer[]> = { stdout: [], stderr: [] };
  let waiting: { text: string; resolve: () => void }[] = [];
  const text = (stream: LogStream) => Buffer.concat(bytes[stream]).toString();
  const isWritten = (part: string) => text('stdout').includes(part) || text('stderr').includes(part);
  return {
    text,
    write(stream: LogStream, chunk: Buffer): void {
      bytes[stream].push(chunk);
      const known = waiting.filter((wait) => isWritten(wait.text));
      waiting = waiting.filter((wait) => !known.includes(wait));
      for (const { resolve } of known) {
        resolve();
      }
    },
    room: () => Promise.resolve(),
    has: (part: string): Promise<void> =>
      new Promise((resolve) => {
        if (isWritten(part)) {
          resolve();
        } else {
          waiting.push({ text: part, resolve });
        }
      }),
  };
}
