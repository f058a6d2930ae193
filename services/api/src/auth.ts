import { includesRole, type Role } from '@flotilla/domain';
import type { FastifyRequest, preValidationAsyncHookHandler } from 'fastify';
import { Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the token that the request came with; empty on open routes. */
    actor: string;
  }
  interface FastifyContextConfig {
    /** What the route needs, where it is not what its method needs: to look, viewer; to change, operator. */
    readonly role?: Role;
  }
}

/** Whose token it is; null for one that nobody has. */
export type Authenticate = (token: string) => Promise<{ readonly name: string; readonly role: Role } | null>;

const bearer = /^Bearer +([\x21-\x7e]{1,512}) *$/i;

/** Lets a request through only with a valid bearer token whose role the route allows, before its body is read. */
export function requireToken(authenticate: Authenticate): preValidationAsyncHookHandler {
  return async (request: FastifyRequest) => {
    const token = bearer.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw unauthorized('no token was sent');
    const owner = await authenticate(token);
    if (owner === null) throw unauthorized('the token is not valid');
    const needed = neededRole(request.method, request.routeOptions.config.role);
    if (!includesRole(owner.role, needed)) throw forbidden(owner, needed);
    request.actor = owner.name;
  };
}

function neededRole(method: string, declared: Role | undefined): Role {
  return declared ?? (method === 'GET' || method === 'HEAD' ? 'viewer' : 'operator');
}

function unauthorized(what: string): Problem {
  return new Problem(
    'unauthorized',
    `${what}: send "Authorization: Bearer <token>"; "flotilla init" prints the first token, ` +
      '"flotilla up" keeps it in .flotilla/client.json',
  );
}

function forbidden({ name, role }: { name: string; role: Role }, needed: Role): Problem {
  return new Problem(
    'forbidden',
    `the token "${name}" has the role ${role}, and this needs ${needed}: ` +
      `ask an admin for one with "flotilla tokens create <name> --role ${needed}"`,
  );
}
