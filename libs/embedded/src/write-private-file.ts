import { rename, writeFile } from 'node:fs/promises';

/** Writes with mode 0600, aside and renamed: nobody reads half of it, and no wider mode of an old file stays. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, text, { mode: 0o600, flush: true });
  await rename(aside, file);
}
