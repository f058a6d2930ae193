import type { FastifyRequest } from 'fastify';

const name = 'flotilla_session';
const pattern = new RegExp(`(?:^|; *)${name}=([\\w-]{1,128})(?:;|$)`);

/** The secret of the browser's session; null where it sent none. */
export function readSessionCookie({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  return pattern.exec(headers.cookie ?? '')?.[1] ?? null;
}

/** Not to be read by scripts, and never sent along from other sites. */
export function sessionCookie(secret: string, lifeMs: number, isSecure: boolean): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${Math.floor(lifeMs / 1000)}`];
  return [`${name}=${secret}`, ...attributes, ...(isSecure ? ['Secure'] : [])].join('; ');
}

export const noSessionCookie = `${name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
