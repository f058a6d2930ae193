import { nearest, type Role, roles } from '@flotilla/domain';
import { type CreateTokenResult, maxTokens, type TokenView } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { bodyCodes, Problem, problemReplies } from '../problem.ts';
import { pageOf, toPage } from '../representations/page.ts';
import { createdTokenReplySchema, tokenReplySchema, toToken } from '../representations/token.ts';
import { askableText, noBody, noQuery } from './parameters.ts';

/** Who may call the API, as these routes ask for it. */
export interface Tokens {
  create(token: { name: string; role: Role }): Promise<CreateTokenResult>;
  list(): Promise<readonly TokenView[]>;
  revoke(name: string): Promise<{ readonly kind: 'revoked' | 'not_found' | 'last_admin' }>;
}

const tokenName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'it is 1 to 64 of a-z, 0-9, ".", "_", "-", and begins with a letter or digit',
  );

/** Only an admin hands out tokens, and sees who has one. */
const config = { role: 'admin' } as const;

export function tokenRoutes(app: App, tokens: Tokens): void {
  listRoute(app, tokens);
  createRoute(app, tokens);
  revokeRoute(app, tokens);
}

function listRoute(app: App, tokens: Tokens): void {
  const schema = {
    operationId: 'listTokens',
    summary: 'The tokens that are valid, by name, without the tokens themselves',
    tags: ['tokens'],
    querystring: noQuery,
    response: {
      200: pageOf(tokenReplySchema).describe('tokens'),
      ...problemReplies('invalid_request'),
    },
  };
  app.get('/tokens', { schema, config }, async () =>
    toPage({ items: await tokens.list(), next: null }, toToken),
  );
}

function createRoute(app: App, tokens: Tokens): void {
  const schema = {
    operationId: 'createToken',
    summary: 'Makes a token, which is answered here and never again',
    tags: ['tokens'],
    querystring: noQuery,
    body: z.strictObject({ name: tokenName, role: z.enum(roles) }),
    response: {
      201: createdTokenReplySchema.describe('the token'),
      ...problemReplies('invalid_request', 'token_exists', 'too_many_tokens', ...bodyCodes),
    },
  };
  app.post('/tokens', { schema, config }, async ({ body }, reply) => {
    const result = await tokens.create(body);
    switch (result.kind) {
      case 'created':
        return reply.code(201).send({ ...toToken(result.view), token: result.token });
      case 'name_taken':
        throw new Problem(
          'token_exists',
          `there is a token "${body.name}": revoke it first, or choose another name`,
        );
      case 'too_many':
        throw new Problem('too_many_tokens', `there are ${maxTokens} tokens: revoke those that nobody uses`);
    }
  });
}

function revokeRoute(app: App, tokens: Tokens): void {
  const schema = {
    operationId: 'revokeToken',
    summary: "Revokes the token: from now on it is nobody's",
    tags: ['tokens'],
    params: z.object({ name: askableText.meta({ description: 'the name of the token' }) }),
    querystring: noQuery,
    body: noBody,
    response: {
      204: z.undefined().meta({ description: 'revoked' }),
      ...problemReplies('invalid_request', 'token_not_found', 'last_admin_token', ...bodyCodes),
    },
  };
  app.delete('/tokens/:name', { schema, config }, async ({ params: { name } }, reply) => {
    const { kind } = await tokens.revoke(name);
    if (kind === 'not_found') throw await unknownToken(name, tokens);
    if (kind === 'last_admin') {
      throw new Problem(
        'last_admin_token',
        `"${name}" is the last token of an admin: create another one first, else nobody could make any`,
      );
    }
    return reply.code(204).send();
  });
}

async function unknownToken(name: string, tokens: Tokens): Promise<Problem> {
  const names = (await tokens.list()).map((token) => token.name);
  const meant = nearest(name, names);
  return meant === undefined
    ? new Problem('token_not_found', `there is no token "${name}": GET /api/v1/tokens lists those there are`)
    : new Problem('token_not_found', `there is no token "${name}": did you mean "${meant}"?`, {
        nearest: meant,
      });
}
