import { constants } from 'node:fs/promises';
import { join } from 'node:path';
import { isThere } from './is-there.ts';

/** The first executable of that name in a list of folders such as PATH. */
export async function findBinary(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(':').filter((place) => place !== '')) {
    const file = join(folder, name);
    if (await isThere(file, constants.X_OK)) return file;
  }
  return undefined;
}
