import { createHash, randomBytes } from 'node:crypto';
import type { Session, Store } from './connect.ts';
import {
  deleteSession,
  findSession as findSessionStatement,
  insertSession,
  takeLink as takeLinkStatement,
} from './sql/sessions.ts';
import type { Identity } from './tokens.ts';

/** How long a browser stays logged in. */
export const browserSessionMs = 12 * 3_600_000;
/** How long a link waits to be used. */
export const loginLinkMs = 10 * 60_000;
/** Sessions, and links, that one token has at most. */
export const maxSessionsOfAToken = 100;

const lifeMs = { browser: browserSessionMs, link: loginLinkMs } as const;

/** What a browser is given; the secret comes back here and never again. */
export interface OpenedSession {
  readonly secret: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export type BrowserSession = Identity & { readonly expiresAt: number };

export async function openSession(
  session: Session,
  tokenId: string,
  kind: 'browser' | 'link',
): Promise<OpenedSession> {
  const secret = randomBytes(32).toString('base64url');
  const [row] = await session.ask<{ expiresAt: number }>(insertSession, [
    hashOf(secret),
    tokenId,
    kind,
    lifeMs[kind],
    maxSessionsOfAToken,
  ]);
  if (row === undefined) throw new Error('the session was not inserted');
  return { secret, expiresAt: row.expiresAt };
}

/** Whose browser it is; null where the session has ended or its token was revoked. */
export async function findSession(session: Session, secret: string): Promise<BrowserSession | null> {
  const [row] = await session.ask<BrowserSession>(findSessionStatement, [hashOf(secret)]);
  return row ?? null;
}

/** Uses a link up, and logs a browser in; null where it was used before, is too old, or never was. */
export async function useLoginLink(store: Store, secret: string): Promise<OpenedSession | null> {
  return store.transaction(async (session) => {
    const [owner] = await session.ask<Identity>(takeLinkStatement, [hashOf(secret)]);
    return owner === undefined ? null : openSession(session, owner.tokenId, 'browser');
  });
}

export async function closeSession(session: Session, secret: string): Promise<void> {
  await session.ask(deleteSession, [hashOf(secret)]);
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
