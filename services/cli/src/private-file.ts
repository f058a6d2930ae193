import { rename, writeFile } from 'node:fs/promises';

/** Writes a file that only its owner can read (0600): aside first, so that no reader sees half of it. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, text, { mode: 0o600 });
  await rename(aside, path);
}
