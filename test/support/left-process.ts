import { readFile } from 'node:fs/promises';
import { waitFor } from './wait-for.ts';

/** The pid that a turn has written into a file. */
export function readPid(file: string): Promise<number> {
  return waitFor(`a pid in ${file}`, async () => {
    const pid = Number.parseInt(await readFile(file, 'utf8'), 10);
    return pid > 0 && pid;
  });
}

/** Ends the turn of a worker that a test has killed: nobody else would. */
export function endLeft(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
