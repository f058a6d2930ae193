import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** The first executable of that name in a list of folders such as PATH. */
export async function findBinary(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(':').filter((place) => place !== '')) {
    const file = join(folder, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}
