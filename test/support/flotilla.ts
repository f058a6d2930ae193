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

/** Calls the command as users do, from a folder, and waits for its end. */
export async function flotilla(
  words: readonly string[],
  { folder, environment, stdin = '' }: Call,
): Promise<Called> {
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
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  release();
  return { code, stdout, stderr };
}
