import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A FIFO without a name: whoever reads it comes to its end when the last holder of the write end is gone (GD-2). */
export interface Lifeline {
  /** Blocking, as keepers need it: a descriptor that was ever made non-blocking would be so for all who inherit it. */
  readonly readEnd: number;
  /** The guard's alone: close ours once the guard has it. */
  readonly writeEnd: number;
}

const run = promisify(execFile);

/** @throws a system error where no FIFO can be made in the folder */
export async function openLifeline(folder: string): Promise<Lifeline> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(folder, 'guard-'));
  try {
    const name = join(own, 'lifeline');
    await run('mkfifo', ['-m', '600', name]);
    return openBoth(name);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

function openBoth(name: string): Lifeline {
  // For both at first: neither of the two other openings then waits for somebody at the other end.
  const both = openSync(name, constants.O_RDWR);
  try {
    const readEnd = openSync(name, constants.O_RDONLY);
    return { readEnd, writeEnd: openSync(name, constants.O_WRONLY) };
  } finally {
    closeSync(both);
  }
}
