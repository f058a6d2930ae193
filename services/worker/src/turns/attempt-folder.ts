import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The private folder of one attempt, made when something is put into it. */
export interface AttemptFolder {
  /** An empty folder for the turn to work in. */
  makeWorkFolder(): Promise<string>;
  /** Writes a file beside that folder which only the worker's user may read; returns its path. */
  writePrivateFile(name: string, text: string): Promise<string>;
  /** Never fails: what cannot be removed is left to the sweep of the next start. */
  remove(): Promise<void>;
}

const run = promisify(execFile);

export function createAttemptFolder(workDir: string, runId: string, attempt: number): AttemptFolder {
  const path = join(workDir, `${runId}-${attempt}`);
  let made: Promise<unknown> | null = null;
  const make = () => {
    made ??= mkdir(path, { mode: 0o700, recursive: true });
    return made;
  };
  return {
    async makeWorkFolder() {
      await make();
      const folder = join(path, 'work');
      await mkdir(folder, { mode: 0o700 });
      return folder;
    },
    async writePrivateFile(name, text) {
      await make();
      const file = join(path, name);
      await writeFile(file, text, { mode: 0o600 });
      return file;
    },
    async remove() {
      if (made !== null) {
        await removeTree(path);
      }
    },
  };
}

/** Removes a folder and all that a turn left in it, folders without write permission too. */
export async function removeTree(path: string): Promise<void> {
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 2 });
  await remove()
    .catch(() => run('chmod', ['-R', 'u+rwX', path]).then(remove))
    .catch(() => undefined); // mounts, immutable files: the sweep tries again
}
