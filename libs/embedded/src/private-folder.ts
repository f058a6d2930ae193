import { chmod, mkdir, realpath } from 'node:fs/promises';

/** Makes the folder, closed to other users (0700), and gives its real path. */
export async function privateFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  return realpath(path);
}
