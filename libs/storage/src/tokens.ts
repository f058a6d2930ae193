import { createHash, randomBytes } from 'node:crypto';
import type { Role } from '@flotilla/domain';
import { v7 as uuidV7 } from 'uuid';
import type { Session, Store } from './connect.ts';
import {
  countTokens,
  findToken,
  insertToken,
  listTokens as listTokensStatement,
  lockTokens,
  readTokenNamed,
  revokeToken as revokeTokenStatement,
} from './sql/tokens.ts';

export interface Identity {
  readonly tokenId: string;
  readonly name: string;
  readonly role: Role;
}

/** A token as it may be shown: never the token itself. */
export interface TokenView {
  readonly name: string;
  readonly role: Role;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** A token of our own or one that the operator chose: 16 to 512 printable characters. */
export const tokenPattern = /^[\x21-\x7e]{16,512}$/;

/** Tokens that are valid at once. */
export const maxTokens = 1_000;

/** The token that `flotilla init` makes. */
const firstTokenName = 'admin';

/** Tokens are stored hashed, and found by the hash: what is compared is not the secret. */
export async function authenticate(session: Session, token: string): Promise<Identity | null> {
  if (!tokenPattern.test(token)) return null;
  const [row] = await session.ask<Identity>(findToken, [hashOf(token)]);
  return row ?? null;
}

/**
 * Makes the admin's token where nobody is an admin, or where `token` is another one than the ledger has: the old one is
 * then revoked. The token comes back only where it was made here and now; it cannot be read again.
 */
export async function ensureAdminToken(
  store: Store,
  { token }: { token?: string } = {},
): Promise<{ token: string | null }> {
  return store.transaction(async (session) => {
    await session.ask(lockTokens);
    const [present] = await session.ask<{ hash: string }>(readTokenNamed, [firstTokenName]);
    // Asked with each start of an installation: a token that somebody has revoked must not come back by it.
    const isThere =
      token === undefined ? (await counted(session)).admins > 0 : present?.hash === hashOf(token);
    if (isThere) return { token: null };
    const made = token ?? newToken();
    await session.ask(insertToken, [uuidV7(), firstTokenName, 'admin', hashOf(made)]);
    return { token: made };
  });
}

export type CreateTokenResult =
  | { readonly kind: 'created'; readonly token: string; readonly view: TokenView }
  | { readonly kind: 'name_taken' }
  | { readonly kind: 'too_many' };

/** Makes a token, which comes back here and never again. */
export async function createToken(
  store: Store,
  { name, role }: { name: string; role: Role },
): Promise<CreateTokenResult> {
  return store.transaction(async (session) => {
    await session.ask(lockTokens);
    if ((await session.ask(readTokenNamed, [name])).length > 0) return { kind: 'name_taken' };
    if ((await counted(session)).count >= maxTokens) return { kind: 'too_many' };
    const token = newToken();
    const [row] = await session.ask<{ createdAt: number }>(insertToken, [
      uuidV7(),
      name,
      role,
      hashOf(token),
    ]);
    if (row === undefined) throw new Error(`the token ${name} was not inserted`);
    return { kind: 'created', token, view: { name, role, createdAt: row.createdAt } };
  });
}

/** Valid ones, by name. */
export async function listTokens(session: Session): Promise<TokenView[]> {
  return session.ask<TokenView>(listTokensStatement);
}

/** `last_admin`: without it nobody could make another. */
export async function revokeToken(
  store: Store,
  name: string,
): Promise<{ readonly kind: 'revoked' | 'not_found' | 'last_admin' }> {
  return store.transaction(async (session) => {
    await session.ask(lockTokens);
    const [present] = await session.ask<{ role: Role }>(readTokenNamed, [name]);
    if (present === undefined) return { kind: 'not_found' };
    if (present.role === 'admin' && (await counted(session)).admins === 1) return { kind: 'last_admin' };
    await session.ask(revokeTokenStatement, [name]);
    return { kind: 'revoked' };
  });
}

async function counted(session: Session): Promise<{ count: number; admins: number }> {
  const [row] = await session.ask<{ count: number; admins: number }>(countTokens);
  return row ?? { count: 0, admins: 0 };
}

function newToken(): string {
  return `flotilla_${randomBytes(32).toString('base64url')}`;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
