import type { FieldError } from '@flotilla/domain';
import { z } from 'zod';

/**
 * Every way in which a request can be refused. The code is stable: clients branch on it, never on the text. The
 * status is the code's, so that one code never comes with two of them.
 */
export const problems = {
  invalid_request: { status: 400, title: 'A parameter, a header or the body is not what this route takes' },
  invalid_json: { status: 400, title: 'The body is not JSON' },
  invalid_document: { status: 400, title: 'The job document is not valid; nothing was changed' },
  unauthorized: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'The token has not the role that this needs' },
  route_not_found: { status: 404, title: 'There is no such address' },
  job_not_found: { status: 404, title: 'There is no such job' },
  run_not_found: { status: 404, title: 'There is no such run' },
  pool_not_found: { status: 404, title: 'There is no such pool' },
  token_not_found: { status: 404, title: 'There is no such token' },
  method_not_allowed: { status: 405, title: 'This address does not take that method' },
  job_has_children: { status: 409, title: 'Other jobs are triggered by this one' },
  job_deleted: { status: 409, title: 'The job was deleted' },
  run_not_retryable: { status: 409, title: 'The run is at work, or has never started' },
  pool_in_use: { status: 409, title: 'Jobs or open runs use the pool' },
  pool_is_default: { status: 409, title: 'The pool of jobs that name none stays' },
  too_many_pools: { status: 409, title: 'There are as many pools as may be' },
  token_exists: { status: 409, title: 'There is a token of that name' },
  too_many_tokens: { status: 409, title: 'There are as many tokens as may be' },
  last_admin_token: { status: 409, title: 'It is the last token of an admin' },
  revision_conflict: { status: 412, title: 'The job is at another revision than the request expects' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  internal_error: { status: 500, title: 'Flotilla failed' },
  storage_unavailable: { status: 503, title: 'Postgres cannot be used now' },
  too_many_listeners: { status: 503, title: 'Too many clients follow events or logs of this process' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

export const problemCodes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];

export const problemMediaType = 'application/problem+json';

const fieldErrorSchema = z.object({
  path: z.string().meta({ description: 'dotted path of the field; empty for the whole' }),
  message: z.string(),
  value: z.unknown().optional().meta({ description: 'the value found there, where it is short' }),
  nearest: z.string().optional().meta({ description: 'the valid key or value that was probably meant' }),
});

export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: '`urn:flotilla:problem:<code>`' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(problemCodes),
    detail: z.string().meta({ description: 'what is wrong here and what to do' }),
    errors: z.array(fieldErrorSchema).optional(),
    nearest: z.string().optional().meta({ description: 'the existing name that was probably meant' }),
    revision: z.int().nullable().optional().meta({ description: 'of the job now; null where there is none' }),
    children: z.array(z.string()).optional().meta({ description: 'the jobs that stand in the way' }),
    jobs: z.array(z.string()).optional().meta({ description: 'jobs that use the pool, the first of them' }),
  })
  .meta({ id: 'Problem' });

/** What a problem may carry besides its code and its text. */
export interface ProblemMembers {
  readonly errors?: readonly FieldError[];
  readonly nearest?: string;
  readonly revision?: number | null;
  readonly children?: readonly string[];
  readonly jobs?: readonly string[];
}

/** A refusal that a route throws; `answer-errors.ts` writes it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly members: ProblemMembers;

  constructor(code: ProblemCode, detail: string, members: ProblemMembers = {}) {
    super(detail);
    this.code = code;
    this.members = members;
  }

  get status(): number {
    return problems[this.code].status;
  }

  toJSON(): object {
    const { status, title } = problems[this.code];
    const type = `urn:flotilla:problem:${this.code}`;
    return { type, title, status, code: this.code, detail: this.message, ...this.members };
  }
}

/** Every route that reads a body may answer with these. */
export const bodyCodes = ['invalid_json', 'body_too_large', 'unsupported_media_type'] as const;

/** Every route behind the token may answer with these. */
const commonCodes = ['unauthorized', 'forbidden', 'internal_error', 'storage_unavailable'] as const;

/**
 * The `response` entries for the problems of a route behind the token, one for each status. Typed as an empty object:
 * problems are thrown, so what a handler may send stays the type of its successes.
 */
export function problemReplies(...own: readonly ProblemCode[]): Record<never, never> {
  const codes = [...own, ...commonCodes];
  const statuses = new Set(codes.map((code) => problems[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      replyOf(codes.filter((code) => problems[code].status === status)),
    ]),
  );
}

function replyOf(codes: readonly ProblemCode[]): object {
  const narrowed = problemSchema.and(
    z.looseObject({ code: z.enum(codes as [ProblemCode, ...ProblemCode[]]) }),
  );
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('\n\n'),
    content: { [problemMediaType]: { schema: narrowed } },
  };
}
