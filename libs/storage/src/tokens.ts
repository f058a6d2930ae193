import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import type { Session, Store } from './connect.ts';
import { findToken, insertToken, lockTokens, readTokenNamed } from './sql/tokens.ts';

export interface Identity {
  readonly tokenId: string;
  readonly name: string;
  readonly role: 'admin';
}

/** A token of our own or one that the operator chose: 16 to 512 printable characters. */
export const tokenPattern = /^[\x21-\x7e]{16,512}$/;

/** Tokens are stored hashed, and found by the hash: what is compared is not the secret. */
export async function authenticate(session: Session, token: string): Promise<Identity | null> {
  if (!tokenPattern.test(token)) return null;
  const [row] = await session.ask<Identity>(findToken, [hashOf(token)]);
  return row ?? null;
}

/**
 * Makes the admin's token where none is there, or where `token` is another one than the ledger has: the old one is
 * then revoked. The token comes back only where it was made here and now; it cannot be read again.
 */
export async function ensureAdminToken(
  store: Store,
  { token }: { token?: string } = {},
): Promise<{ token: string | null }> {
  return store.transaction(async (session) => {
    await session.ask(lockTokens);
    const [present] = await session.ask<{ hash: string }>(readTokenNamed, ['admin']);
    if (present !== undefined && (token === undefined || present.hash === hashOf(token)))
      return { token: null };
    const made = token ?? `flotilla_${randomBytes(32).toString('base64url')}`;
    const rows = await session.ask(insertToken, [uuidV7(), 'admin', 'admin', hashOf(made)]);
    return { token: rows.length > 0 ? made : null };
  });
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
