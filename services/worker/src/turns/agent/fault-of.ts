import type { Outcome } from '@flotilla/domain';
import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { errorCode } from '../error-code.ts';
import { maskText } from '../secret-mask.ts';
import { TooLong } from './answer-limits.ts';
import { BadAnswer } from './bad-answer.ts';
import type { Gateway } from './gateway.ts';
import { retryAfterMs } from './retry-after.ts';

/** Why a call brought no answer. */
export interface Fault {
  readonly outcome: Extract<Outcome, { kind: 'gateway' | 'misconfigured' | 'output_limit' }>;
  /** Another model of the same gateway may have one. */
  readonly mayFallBack: boolean;
}

/** Statuses that time may mend. */
const passing: ReadonlySet<number> = new Set([408, 409, 425, 429]);
/** Of what a gateway says of its refusal. */
const longestQuote = 300;

/** Told from facts of transport alone, never from a text (and the text of an error is quoted, not read). */
export function faultOf(thrown: unknown, gateway: Pick<Gateway, 'url' | 'token'>, now: number): Fault {
  const { url } = gateway;
  const error =
    thrown instanceof APIConnectionError && thrown.cause instanceof BadAnswer ? thrown.cause : thrown;
  if (error instanceof TooLong) {
    return { outcome: { kind: 'output_limit', message: error.message }, mayFallBack: false };
  }
  if (error instanceof APIConnectionError) {
    const code = error instanceof APIConnectionTimeoutError ? 'ETIMEDOUT' : errorCode(error.cause);
    return { outcome: broken(`the gateway at ${url} cannot be reached (${code})`), mayFallBack: false };
  }
  if (error instanceof APIError && error.status !== undefined) return refusal(error, gateway, now);
  return {
    outcome: broken(`the gateway at ${url} gave no whole answer: ${why(error, gateway)}`),
    mayFallBack: true,
  };
}

function refusal(error: APIError, gateway: Pick<Gateway, 'url' | 'token'>, now: number): Fault {
  const status = Number(error.status);
  const said = `the gateway at ${gateway.url} answered ${quoted(error.message, gateway)}`;
  if (passing.has(status) || status >= 500) {
    const pauseMs = retryAfterMs(error.headers, now);
    return {
      outcome: { ...broken(said), ...(pauseMs === null ? {} : { retryAfterMs: pauseMs }) },
      mayFallBack: true,
    };
  }
  const message = `${said}${remedies[status] ?? ''}`;
  return { outcome: { kind: 'misconfigured', message }, mayFallBack: status === 404 };
}

const remedies: Readonly<Record<number, string>> = {
  401: '; give this worker a valid FLOTILLA_AGENT_TOKEN_FILE',
  403: '; its token may not do this',
  404: '; look at the model and at FLOTILLA_AGENT_URL',
};

function broken(message: string): Extract<Outcome, { kind: 'gateway' }> {
  return { kind: 'gateway', message };
}

function why(error: unknown, gateway: Pick<Gateway, 'token'>): string {
  if (error instanceof BadAnswer) return error.message;
  if (error instanceof APIError) return `it sent an error, ${quoted(error.message, gateway)}`;
  if (error instanceof SyntaxError) return 'it sent an event that is no JSON';
  return `its connection ended (${errorCode(error)})`;
}

/** A gateway may repeat in its refusal what it refuses: masked before it is cut, or a piece of it would be left. */
function quoted(text: string, { token }: Pick<Gateway, 'token'>): string {
  const line = (token === null ? text : text.replaceAll(token, maskText)).replaceAll(/\s+/g, ' ');
  return line.length <= longestQuote ? line : `${line.slice(0, longestQuote)}…`;
}
