import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StartError } from '@flotilla/runtime';

/** What lies where below `.flotilla/`. */
export type Folders = {
  readonly home: string;
  /** Data of the servers: what `--fresh` empties. */
  readonly data: string;
  /** Records of running processes, and credentials for them. */
  readonly run: string;
  readonly logs: string;
  /** Working folders of turns. */
  readonly work: string;
  readonly lockFile: string;
  readonly clientFile: string;
};

/**
 * Makes the folders, closed to other users (0700).
 *
 * @throws StartError where one cannot be made
 */
export async function makeFolders(dir: string): Promise<Folders> {
  const home = resolve(dir);
  const [data, run, logs, work] = [
    join(home, 'data'),
    join(home, 'run'),
    join(home, 'logs'),
    join(home, 'work'),
  ];
  for (const folder of [home, data, run, logs, work]) {
    await makePrivate(folder);
  }
  return {
    home,
    data,
    run,
    logs,
    work,
    lockFile: join(run, 'up.json'),
    clientFile: join(home, 'client.json'),
  };
}

async function makePrivate(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new StartError(`${folder} cannot be a folder of the fleet (${code}): choose another --dir`);
  }
}
