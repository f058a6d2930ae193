import type { Role } from '@flotilla/domain';
import type { FastifyRequest } from 'fastify';

/** Who makes a request. */
export interface Caller {
  readonly tokenId: string;
  /** The name of the token. */
  readonly name: string;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the token that the request came with; empty on open routes. */
    actor: string;
    /** Null on open routes; behind the door ask `callerOf`. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** What the route needs, where it is not what its method needs: to look, viewer; to change, operator. */
    readonly role?: Role;
  }
}

/** @throws Error on an open route: there nobody has said who they are */
export function callerOf({ caller }: Pick<FastifyRequest, 'caller'>): Caller {
  if (caller === null) throw new Error('an open route asks who its caller is');
  return caller;
}
