import { BadCursor, StorageUnavailable, sqlState } from '@flotilla/storage';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { Problem, problemMediaType } from './problem.ts';

/** Others hold what the request needs: a time-out of a lock or a statement, a deadlock. */
const busyStates = ['55P03', '57014', '40P01'];

/** Told of every answer that is the service's fault. */
export type OnFailure = (failure: { error: unknown; method: string; url: string; requestId: string }) => void;

/** Makes every error, also those of the framework, an answer in problem+json. */
export function answerErrors(app: App, onFailure: OnFailure): void {
  app.setErrorHandler((error, request, reply) => {
    return sendProblem(reply, tellProblem(error, request, onFailure));
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new Problem(
        'route_not_found',
        `nothing is at ${request.method} ${request.url}: GET / and GET /api/v1/openapi.json say what is`,
      ),
    ),
  );
}

/** Addresses that the router itself refuses, such as `/%`. */
export function refuseBadAddress(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const detail = `${request.url} is no address: ${error.message}`;
  void sendProblem(reply, new Problem('route_not_found', detail));
}

/** For those who answer before the error handler is asked. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="flotilla"');
  if (problem.status === 503) void reply.header('retry-after', '1');
  return reply.code(problem.status).type(problemMediaType).send(JSON.stringify(problem));
}

/** What the caller is told of an error, and the log where it is the service's own. */
export function tellProblem(error: unknown, request: FastifyRequest, onFailure: OnFailure): Problem {
  const problem = problemOf(error, request);
  if (problem.status >= 500 && !(error instanceof Problem)) {
    onFailure({ error, method: request.method, url: request.url, requestId: request.id });
  }
  return problem;
}

function problemOf(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StorageUnavailable) return new Problem('storage_unavailable', error.message);
  if (busyStates.includes(sqlState(error) ?? ''))
    return new Problem('storage_unavailable', 'the ledger is busy, and nothing was changed: ask again');
  if (error instanceof BadCursor) return badCursor(error);
  return refusedByFramework(error, request) ?? internalError(request);
}

/** What fastify refuses before a route sees it, by its status. */
function refusedByFramework(error: unknown, request: FastifyRequest): Problem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  switch (error.statusCode) {
    case 400:
      return new Problem('invalid_json', error.message);
    case 413:
      return new Problem(
        'body_too_large',
        `at most ${request.routeOptions.bodyLimit} bytes are taken: make the document smaller`,
      );
    case 415:
      return new Problem('unsupported_media_type', 'send the header "content-type: application/json"');
    default:
      return undefined;
  }
}

function internalError(request: FastifyRequest): Problem {
  return new Problem('internal_error', `the log of the API says more under request ${request.id}`);
}

function badCursor({ message }: BadCursor): Problem {
  const errors = [{ path: 'cursor', message: `${message}: send the "next" of the page before` }];
  return new Problem('invalid_request', `in the query: cursor: ${message}`, { errors });
}
