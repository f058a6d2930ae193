import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LivenessLimits } from '@flotilla/domain';
import { monotonicMs } from '@flotilla/runtime';
import type { Guard } from './guard.ts';
import { type GuardOptions, startGuard } from './start-guard.ts';

/** For tests alone: a guard's real process, bundled from the sources. */
export interface GuardUnderTest extends Guard {
  readonly pid: number;
}

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const bundleScript = join(root, 'services/cli/bin/bundle.mjs');

/** Long enough for a loaded machine to send dots in time, and short enough to wait for their end. */
export const shortLimits: LivenessLimits = {
  permissionMs: 1_500,
  fenceMs: 2_000,
  insideMs: 2_500,
  silenceMs: 3_000,
};

/** Sends dots, as a worker whose beats are answered, until that is ended. */
export function keepAlive(guard: Guard): () => void {
  const dot = () => guard.dot(monotonicMs());
  dot();
  const timer = setInterval(dot, 100);
  return () => clearInterval(timer);
}

export async function guardProgram(): Promise<string> {
  const { bundle } = (await import(bundleScript)) as { bundle(root: string): Promise<string> };
  return join(await bundle(root), 'guard.mjs');
}

export async function aGuardProcess(options: Partial<GuardOptions> = {}): Promise<GuardUnderTest> {
  const program = await guardProgram();
  const before = childrenOf(process.pid);
  const guard = await startGuard({
    workerId: randomUUID(),
    databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
    environment: {},
    folder: tmpdir(),
    program,
    ...options,
  });
  const pid = childrenOf(process.pid).find((child) => !before.includes(child));
  if (pid === undefined) throw new Error('the guard has no process');
  return { ...guard, pid };
}

/** One that permits turns to begin. */
export async function aPermittingGuard(options: Partial<GuardOptions> = {}): Promise<GuardUnderTest> {
  const guard = await aGuardProcess(options);
  guard.dot(monotonicMs());
  return guard;
}

/** A guard's program among the children of a process. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const [, ppid] = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
        return (
          Number(ppid) === parent && readFileSync(`/proc/${name}/cmdline`, 'latin1').includes('guard.mjs')
        );
      } catch {
        return false; // it has ended
      }
    })
    .map(Number);
}
