import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { maskUserInfo, StartError } from '@flotilla/runtime';
import { z } from 'zod';
import { CommandError } from '../command-error.ts';
import { ensureAdmin } from '../commands/database/ensure-admin.ts';
import { migrateDatabase } from '../commands/database/migrate-database.ts';
import type { Installation } from '../installation.ts';

export type DatabaseChoice = {
  readonly url: string;
  /** Ours alone: its admin may be replaced. Somebody else's keeps the one that it has. */
  readonly isOurs: boolean;
  readonly adminToken: string | undefined;
  /** Where the last start has left its token. */
  readonly clientFile: string;
  readonly installation: Installation;
};

export type PreparedDatabase = { readonly applied: readonly string[]; readonly token: string };

/**
 * Migrates the database and finds the admin's token: the one that was given, else the one of the last
 * start, else a new one.
 *
 * @throws StartError or CommandError, in one line: it cannot be reached or migrated, or has an admin whose
 *   token nobody here knows
 */
export async function prepareDatabase(choice: DatabaseChoice): Promise<PreparedDatabase> {
  const last = await lastToken(choice.clientFile);
  const wanted = choice.adminToken ?? (choice.isOurs ? (last ?? newToken()) : undefined);
  const { applied, made } = await initialised(choice, wanted);
  const token = wanted ?? made ?? last;
  if (token === undefined) {
    throw new StartError('the database has an admin already: set FLOTILLA_ADMIN_TOKEN to its token');
  }
  return { applied, token };
}

async function initialised({ url, installation }: DatabaseChoice, token: string | undefined) {
  try {
    const { applied } = await migrateDatabase(url, installation);
    return { applied, made: await ensureAdmin(url, token) };
  } catch (error) {
    if (error instanceof CommandError || error instanceof StartError) {
      throw error;
    }
    const message = error instanceof Error ? error.message : String(error);
    throw new StartError(`the database cannot be migrated: ${maskUserInfo(message)}`, { cause: error });
  }
}

const TOKEN_BYTES = 32;
const clientSchema = z.object({ token: z.string().min(1) });

function newToken(): string {
  return `flotilla_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
}

async function lastToken(clientFile: string): Promise<string | undefined> {
  try {
    return clientSchema.parse(JSON.parse(await readFile(clientFile, 'utf8'))).token;
  } catch {
    return undefined; // the first start, or a file that is no use any more
  }
}
