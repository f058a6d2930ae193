import { ensureAdminToken } from '@flotilla/storage';
import type { Installation } from '../../installation.ts';
import { type Migrated, migrateDatabase, useStore } from './migrate-database.ts';

export interface Initialised extends Migrated {
  /** The admin token, where it was made here and now: it cannot be read again. */
  readonly token: string | null;
}

/** Migrates the database, and sees to it that it knows an admin: `token`, else one that is made here. */
export async function initDatabase(
  url: string,
  token: string | undefined,
  installation: Installation,
): Promise<Initialised> {
  const { applied } = await migrateDatabase(url, installation);
  const made = await useStore(url, (store) => ensureAdminToken(store, token === undefined ? {} : { token }));
  // One that the operator chose is known already, and is not shown.
  return { applied, token: token === undefined ? made.token : null };
}
