import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writePrivateFile } from './write-private-file.ts';

/** The credential kept in `file`: 32 random bytes as base64url, made once. `isNew`: made by this call. */
export async function keepSecret(file: string): Promise<{ secret: string; isNew: boolean }> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (kept.trim() !== '') return { secret: kept.trim(), isNew: false };
  const secret = randomBytes(32).toString('base64url');
  await writePrivateFile(file, `${secret}\n`);
  return { secret, isNew: true };
}
