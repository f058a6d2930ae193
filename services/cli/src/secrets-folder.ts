import { mkdir, readdir, rm, symlink, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Environment } from '@flotilla/runtime';
import { writePrivateFile } from './private-file.ts';

const PREFIX = 'FLOTILLA_SECRET_';
/** Where a worker looks when nobody names a folder. */
const DEFAULT_FOLDER = '/run/secrets';

/**
 * Turns the jobs' secrets of an environment (`FLOTILLA_SECRET_<NAME>`) into files `<folder>/<NAME>`, since a
 * turn can read the environment of the process that started it. Those of the folder that was in use until
 * now stay in force as links, so that a rotated file is seen; the environment wins where both have a name.
 *
 * @returns the folder to name in `FLOTILLA_SECRETS_DIR`; undefined where nothing has to change
 */
export async function writeSecrets(environment: Environment, folder: string): Promise<string | undefined> {
  const given = Object.entries(environment).filter(([name]) => name.startsWith(PREFIX));
  if (given.length === 0) {
    return environment['FLOTILLA_SECRETS_DIR'];
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const mounted = resolve(environment['FLOTILLA_SECRETS_DIR'] ?? DEFAULT_FOLDER);
  for (const name of await readdir(mounted).catch(() => [])) {
    await symlink(join(mounted, name), join(folder, name));
  }
  for (const [variable, value] of given) {
    const path = join(folder, variable.slice(PREFIX.length));
    await unlink(path).catch(() => undefined); // the link, if the mounted folder has the name too
    await writePrivateFile(path, value ?? '');
  }
  return folder;
}

export function isJobSecret(variable: string): boolean {
  return variable.startsWith(PREFIX);
}
