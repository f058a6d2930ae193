import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

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

/** Makes the folders, closed to other users (0700). */
export async function makeFolders(dir: string): Promise<Folders> {
  const home = resolve(dir);
  const [data, run, logs, work] = [
    join(home, 'data'),
    join(home, 'run'),
    join(home, 'logs'),
    join(home, 'work'),
  ];
  for (const folder of [home, data, run, logs, work]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
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
