import type { OpenedSession } from '@flotilla/storage';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../app.ts';
import type { Caller } from '../caller.ts';
import { Problem } from '../problem.ts';
import { sendLoginPage } from './login-page.ts';
import { noSessionCookie, readSessionCookie, sessionCookie } from './session-cookie.ts';

/** How browsers are let in, as these routes ask for it. */
export interface Logins {
  authenticate(token: string): Promise<Caller | null>;
  openSession(tokenId: string): Promise<OpenedSession>;
  useLink(secret: string): Promise<OpenedSession | null>;
  closeSession(secret: string): Promise<void>;
}

const loginSchema = z.union([
  z.strictObject({ token: z.string().min(1).max(512) }),
  z.strictObject({ link: z.string().min(1).max(128) }),
]);

/** The open doors for browsers. They are pages, not part of the described API. */
export function loginRoutes(app: App, logins: Logins, now: () => number): void {
  app.get('/login', { schema: { hide: true } }, (_, reply) => sendLoginPage(reply));

  app.post('/login', { schema: { hide: true, body: loginSchema } }, async (request, reply) => {
    refuseOtherSites(request);
    const opened = await open(request.body, logins);
    return sendSession(request, reply, opened, now());
  });

  app.post('/logout', { schema: { hide: true } }, async (request, reply) => {
    refuseOtherSites(request);
    const secret = readSessionCookie(request);
    if (secret !== null) await logins.closeSession(secret);
    return reply.code(204).header('set-cookie', noSessionCookie).send();
  });
}

async function open(body: z.output<typeof loginSchema>, logins: Logins): Promise<OpenedSession> {
  if ('link' in body) {
    const opened = await logins.useLink(body.link);
    if (opened === null)
      throw new Problem('unauthorized', 'the link was used, or is too old: log in with a token');
    return opened;
  }
  const caller = await logins.authenticate(body.token);
  if (caller === null)
    throw new Problem('unauthorized', 'the token is not valid: it may be revoked, or of another fleet');
  return logins.openSession(caller.tokenId);
}

function sendSession(request: FastifyRequest, reply: FastifyReply, opened: OpenedSession, now: number) {
  const isSecure = request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
  const cookie = sessionCookie(opened.secret, opened.expiresAt - now, isSecure);
  return reply.code(204).headers({ 'set-cookie': cookie, 'cache-control': 'no-store' }).send();
}

/** Else another site could log a browser in as somebody else, or out. */
function refuseOtherSites({ headers }: FastifyRequest): void {
  const { origin, host } = headers;
  const isOther = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
  if (isOther || headers['sec-fetch-site'] === 'cross-site') {
    throw new Problem('forbidden', 'only the page of this address may log in and out');
  }
}
