import { includesRole, type Role } from '@flotilla/domain';
import type { FastifyRequest, preValidationAsyncHookHandler } from 'fastify';
import type { Caller } from './caller.ts';
import { csrfHeader, csrfTokenOf } from './login/csrf-token.ts';
import { readSessionCookie } from './login/session-cookie.ts';
import { Problem } from './problem.ts';

/** Who may be let in: by a token, or by the session of a browser. Null for what nobody has. */
export interface Credentials {
  authenticate(token: string): Promise<Caller | null>;
  findSession(secret: string): Promise<(Caller & { readonly expiresAt: number }) | null>;
}

const bearer = /^Bearer +([\x21-\x7e]{1,512}) *$/i;

/**
 * Lets a request through only with a valid token, or the cookie that a browser got for one, whose role the route
 * allows; before its body is read.
 */
export function requireCaller(credentials: Credentials): preValidationAsyncHookHandler {
  return async (request: FastifyRequest) => {
    const caller = await identify(request, credentials);
    const needed = neededRole(request);
    if (!includesRole(caller.role, needed)) throw forbidden(caller, needed);
    request.caller = caller;
    request.actor = caller.name;
  };
}

async function identify(request: FastifyRequest, credentials: Credentials): Promise<Caller> {
  const { authorization } = request.headers;
  const secret = readSessionCookie(request);
  if (authorization === undefined && secret !== null) {
    const owner = await credentials.findSession(secret);
    if (owner === null) throw unauthorized('the session has ended: log in again at /login, or');
    if (!onlyLooks(request) && request.headers[csrfHeader] !== csrfTokenOf(secret)) throw foreign();
    return owner;
  }
  const token = bearer.exec(authorization ?? '')?.[1];
  if (token === undefined) throw unauthorized('no token was sent:');
  const owner = await credentials.authenticate(token);
  if (owner === null) throw unauthorized('the token is not valid:');
  return owner;
}

function onlyLooks({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function neededRole(request: FastifyRequest): Role {
  return request.routeOptions.config.role ?? (onlyLooks(request) ? 'viewer' : 'operator');
}

function unauthorized(what: string): Problem {
  return new Problem(
    'unauthorized',
    `${what} send "Authorization: Bearer <token>"; "flotilla init" prints the first token, ` +
      '"flotilla up" keeps it in .flotilla/client.json',
  );
}

function forbidden({ name, role }: Caller, needed: Role): Problem {
  return new Problem(
    'forbidden',
    `the token "${name}" has the role ${role}, and this needs ${needed}: ` +
      `ask an admin for one with "flotilla tokens create <name> --role ${needed}"`,
  );
}

/** Other sites can make a browser send its cookie, but not read the token that belongs to it. */
function foreign(): Problem {
  return new Problem(
    'forbidden',
    `a change by cookie needs the header ${csrfHeader} with the "csrf" of GET /api/v1/session`,
  );
}
