import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterOurEnd } from '@flotilla/embedded';
import { flotillaScript } from './bundles.ts';
import { plainEnvironment } from './plain-environment.ts';

export interface Called {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Call {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** No command of a test takes so long: one that serves although it should not is ended. */
const longestMs = 60_000;

/** A command that is under way. */
export interface Calling {
  readonly ended: Promise<Called>;
  /** What it has shown so far. */
  shown(): string;
  signal(name: NodeJS.Signals): void;
}

/** Calls the command as users do, from a folder, and waits for its end. */
export function flotilla(words: readonly string[], call: Call): Promise<Called> {
  return startFlotilla(words, call).ended;
}

export function startFlotilla(words: readonly string[], { folder, environment, stdin = '' }: Call): Calling {
  const child = spawn(process.execPath, [flotillaScript, ...words], {
    cwd: folder,
    env: plainEnvironment(environment),
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: longestMs,
    killSignal: 'SIGKILL',
  });
  const release = afterOurEnd('kill', '-KILL', String(child.pid));
  child.stdin.on('error', () => undefined); // it ended without reading
  child.stdin.end(stdin);
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    shown += more;
  });
  async function end(): Promise<Called> {
    const [[code], stderr] = await Promise.all([
      once(child, 'close') as Promise<[number | null]>,
      text(child.stderr),
    ]);
    release();
    return { code, stdout: shown, stderr };
  }
  return { ended: end(), shown: () => shown, signal: (name) => void child.kill(name) };
}
