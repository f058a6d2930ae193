import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from './attempt-folder.ts';
import { processStart } from './process-table.ts';

/** Leftovers that one sweep removes at most; the next start goes on. */
export const sweepLimit = 1_000;

/**
 * Makes the folder in which this process keeps those of its attempts. Its name says who owns it, so that a sweep
 * spares the workers that share the root. Workers of different process namespaces need roots of their own.
 *
 * @returns its absolute path
 */
export async function openWorkDir(root: string, pid: number = process.pid): Promise<string> {
  const path = join(root, `${pid}-${await processStart(pid)}`);
  await removeTree(path); // after a reboot the name may be that of a process of another life
  await mkdir(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Removes what workers left that are no more, killed ones say. Returns how many folders went. */
export async function sweepWorkDir(root: string, limit: number = sweepLimit): Promise<number> {
  let swept = 0;
  for (const name of await readdir(root)) {
    const owner = /^(?<pid>\d+)-(?<start>\w+)$/.exec(name)?.groups;
    if (swept === limit || owner === undefined) {
      continue;
    }
    if ((await processStart(Number(owner['pid']))) !== owner['start']) {
      await removeTree(join(root, name));
      swept += 1;
    }
  }
  return swept;
}
