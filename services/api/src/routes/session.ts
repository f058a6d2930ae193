import { roles } from '@flotilla/domain';
import type { OpenedSession } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { callerOf } from '../caller.ts';
import { csrfTokenOf } from '../login/csrf-token.ts';
import { readSessionCookie } from '../login/session-cookie.ts';
import { bodyCodes, problemReplies } from '../problem.ts';
import { instantSchema, toInstant } from '../representations/instant.ts';
import { noBody, noQuery } from './parameters.ts';

export type OpenLink = (tokenId: string) => Promise<OpenedSession>;

const sessionReplySchema = z
  .object({
    name: z.string().meta({ description: 'of the token' }),
    role: z.enum(roles),
    csrf: z.string().nullable().meta({
      description:
        'what changes by cookie send as `x-flotilla-csrf`; null where the request came with a token',
    }),
  })
  .meta({ id: 'Session' });

const loginLinkReplySchema = z
  .object({
    path: z.string().meta({ description: 'below the address of the API; opens once' }),
    expiresAt: instantSchema,
  })
  .meta({ id: 'LoginLink' });

/** Who one is to the API, and how a browser becomes the same. */
export function sessionRoutes(app: App, openLink: OpenLink): void {
  const whoSchema = {
    operationId: 'readSession',
    summary: 'Whose token or session this is, and what it may do',
    tags: ['tokens'],
    querystring: noQuery,
    response: { 200: sessionReplySchema.describe('who'), ...problemReplies('invalid_request') },
  };
  app.get('/session', { schema: whoSchema }, async (request) => {
    const { name, role } = callerOf(request);
    const secret = request.headers.authorization === undefined ? readSessionCookie(request) : null;
    return { name, role, csrf: secret === null ? null : csrfTokenOf(secret) };
  });

  const linkSchema = {
    operationId: 'createLoginLink',
    summary: 'Makes a link that logs one browser in, once, in the role of this token',
    tags: ['tokens'],
    querystring: noQuery,
    body: noBody,
    response: {
      201: loginLinkReplySchema.describe('the link'),
      ...problemReplies('invalid_request', ...bodyCodes),
    },
  };
  app.post('/login-links', { schema: linkSchema, config: { role: 'viewer' } }, async (request, reply) => {
    const { secret, expiresAt } = await openLink(callerOf(request).tokenId);
    return reply.code(201).send({ path: `/login#${secret}`, expiresAt: toInstant(expiresAt) });
  });
}
