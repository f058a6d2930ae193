import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
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

/** Calls the command as users do, from a folder, and waits for its end. */
export async function flotilla(
  words: readonly string[],
  { folder, environment, stdin = '' }: Call,
): Promise<Called> {
  const child = spawn(process.execPath, [flotillaScript, ...words], {
    cwd: folder,
    env: plainEnvironment(environment),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it ended without reading
  child.stdin.end(stdin);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}
