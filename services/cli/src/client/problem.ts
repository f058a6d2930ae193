import type { FieldError } from '@flotilla/domain';
import { CommandError, type ExitReason } from '../command-error.ts';

/** The body of an error (RFC 9457), as the API sends it. */
export interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** The jobs that stand in the way. */
  readonly children?: readonly string[];
  /** Of the job now; null where there is none. */
  readonly revision?: number | null;
}

/** The API answered, and the answer is no. */
export class ProblemError extends CommandError {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem, source: string) {
    super(reasonOf(status), linesOf(status, problem, source));
    this.status = status;
    this.problem = problem;
  }
}

function reasonOf(status: number): ExitReason {
  if (status === 400 || status === 413 || status === 422) return 'usage';
  if (status === 404) return 'notFound';
  if (status >= 502 && status <= 504) return 'unreachable';
  return status < 500 ? 'refused' : 'failed';
}

function linesOf(status: number, problem: Problem, source: string): string[] {
  if (status === 401) {
    const given = source === 'FLOTILLA_URL' ? 'in FLOTILLA_TOKEN' : `from ${source}`;
    return [`the token ${given} was not accepted: it may be revoked, or of another fleet`];
  }
  const { code, title, detail, errors = [] } = problem;
  if (errors.length > 0) return errors.map(fieldErrorLine);
  const ours = code === undefined ? undefined : inOurWords[code]?.(problem);
  return [(ours ?? detail ?? title ?? `the server answered ${status}`).replaceAll(/\s*\n\s*/g, ' ')];
}

/** The API tells its callers what to send; who calls through us wants to know what to type. */
const inOurWords: Readonly<Record<string, (problem: Problem) => string | undefined>> = {
  job_not_found: ({ detail }) => detail?.replace(/: GET .*/, ': flotilla jobs list shows those there are'),
  token_not_found: ({ detail }) =>
    detail?.replace(/: GET .*/, ': flotilla tokens list shows those there are'),
  job_has_children: ({ children = [] }) =>
    `${children.join(', ')} ${children.length === 1 ? 'runs' : 'run'} after it: delete them first, or add --detach to keep them without their trigger`,
};

/** `schedule.cron: what is wrong`, with the nearest valid value unless the message names it. */
export function fieldErrorLine({ path, message, nearest }: FieldError): string {
  const proposal = nearest === undefined || message.includes(nearest) ? '' : ` (did you mean "${nearest}"?)`;
  return `${path === '' ? '' : `${path}: `}${message}${proposal}`.replaceAll(/\s*\n\s*/g, ' ');
}
