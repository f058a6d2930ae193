import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from './run-command.ts';

export interface Remains {
  /** Working directory of each process of the server. */
  readonly dataDir: string;
  /** As the system names the process, such as `redis-server`. */
  readonly program: string;
  /** Its first line is the pid of the server that made it. */
  readonly lockFile?: string;
}

const patienceMs = 10_000;
const pauseMs = 50;

/**
 * Waits until no process of an earlier server lives on the data, then removes the lock that a killed one left.
 * Throws after 10 s: two servers on one data folder would destroy it.
 */
export async function makeWay(remains: Remains): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const pids = await holders(remains);
    if (pids.length === 0) break;
    if (performance.now() > deadline) {
      throw new Error(
        `${remains.program} (pid ${pids.join(', ')}) still runs on ${remains.dataDir}: stop it, then start again`,
      );
    }
    await sleep(pauseMs);
  }
  // The server itself would refuse to start: a zombie, or a stranger that was given its pid, looks alive to it.
  if (remains.lockFile !== undefined) await rm(remains.lockFile, { force: true });
}

function holders(remains: Remains): Promise<number[]> {
  return process.platform === 'linux' ? workingIn(remains) : namedInLock(remains);
}

/** Finds children that outlive a killed Postgres too. A zombie has no working directory any more. */
async function workingIn({ dataDir, program }: Remains): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      if (cwd !== dataDir) return false;
      return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === program;
    }),
  );
  return pids.filter((_, index) => found[index]).map(Number);
}

async function namedInLock({ lockFile, program }: Remains): Promise<number[]> {
  if (lockFile === undefined) return [];
  const pid = Number.parseInt(await readFile(lockFile, 'utf8').catch(() => ''), 10);
  if (Number.isNaN(pid)) return [];
  const [state = 'Z', command = ''] = (
    await runCommand('ps', ['-o', 'stat=,comm=', '-p', String(pid)]).catch(() => '')
  )
    .trim()
    .split(/\s+/);
  return !state.startsWith('Z') && command.endsWith(program) ? [pid] : [];
}
