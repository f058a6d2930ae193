import { realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { CommandError } from '../command-error.ts';
import type { Folders } from './folders.ts';

/**
 * Asks on the terminal, then deletes all data: jobs, history, logs. Fetched server binaries are kept.
 *
 * @throws CommandError where the answer is not yes, or where nobody can be asked
 */
export async function emptyData(folders: Folders, { yes }: { yes: boolean }): Promise<void> {
  if (!yes && !(await agreed(folders.home))) {
    throw new CommandError('refused', 'nothing was deleted, nothing was started');
  }
  // As root without user namespaces, Postgres keeps its data elsewhere and leaves a link.
  const linked = await realpath(join(folders.data, 'postgres/data')).catch(() => folders.data);
  for (const path of [linked, folders.data, folders.logs, folders.work, folders.clientFile]) {
    await rm(path, { recursive: true, force: true });
  }
}

async function agreed(home: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new CommandError('usage', '--fresh asks before it deletes, and there is no terminal: add --yes');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`Delete all jobs, runs and logs in ${home}? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
