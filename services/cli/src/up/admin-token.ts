import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const clientSchema = z.object({ token: z.string().min(1) });
const TOKEN_BYTES = 32;

/**
 * The admin's token: the one that was given, else the one of the last start, else a new one; known to the
 * database when this returns.
 */
export async function adminToken(
  given: string | undefined,
  clientFile: string,
  ensure: (token: string) => Promise<void>,
): Promise<string> {
  const token = given ?? (await lastToken(clientFile)) ?? randomBytes(TOKEN_BYTES).toString('base64url');
  await ensure(token);
  return token;
}

async function lastToken(clientFile: string): Promise<string | undefined> {
  try {
    return clientSchema.parse(JSON.parse(await readFile(clientFile, 'utf8'))).token;
  } catch {
    return undefined; // the first start, or a file that is no use any more
  }
}
