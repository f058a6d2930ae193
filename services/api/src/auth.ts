import type { FastifyRequest, preValidationAsyncHookHandler } from 'fastify';
import { Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the token that the request came with; empty on open routes. */
    actor: string;
  }
}

/** Whose token it is; null for one that nobody has. */
export type Authenticate = (token: string) => Promise<{ readonly name: string } | null>;

const bearer = /^Bearer +([\x21-\x7e]{1,512}) *$/i;

/** Lets a request through only with a valid bearer token, before its body is read. */
export function requireToken(authenticate: Authenticate): preValidationAsyncHookHandler {
  return async (request: FastifyRequest) => {
    const token = bearer.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw unauthorized('no token was sent');
    const owner = await authenticate(token);
    if (owner === null) throw unauthorized('the token is not valid');
    request.actor = owner.name;
  };
}

function unauthorized(what: string): Problem {
  return new Problem(
    'unauthorized',
    `${what}: send "Authorization: Bearer <token>"; "flotilla init" prints the first token, ` +
      '"flotilla up" keeps it in .flotilla/client.json',
  );
}
