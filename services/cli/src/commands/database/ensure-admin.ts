import { ensureAdminToken } from '@flotilla/storage';
import { useStore } from './migrate-database.ts';

/**
 * Sees to it that the database knows an admin: `token`, else one that is made here. Returns one that was made here and
 * now: it cannot be read again.
 */
export async function ensureAdmin(url: string, token: string | undefined): Promise<string | null> {
  const made = await useStore(url, (store) => ensureAdminToken(store, token === undefined ? {} : { token }));
  // One that the operator chose is known already, and is not shown.
  return token === undefined ? made.token : null;
}
