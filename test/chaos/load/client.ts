import type { FleetApi, Reply } from '../../support/fleet-api.ts';
import type { Asked, History } from '../history.ts';

/** One question to the API. */
export interface Question {
  readonly what: string;
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly key?: string;
  readonly job?: string;
  readonly run?: string;
}

interface Answer {
  readonly id?: string;
  readonly state?: string;
}

/** Asks the API once, and writes down what was asked and answered: an answer that never came is an unknown one. */
export type Ask = (question: Question) => Promise<Asked & Answer>;

const patienceMs = 20_000;

export function createClient(api: FleetApi, history: History): Ask {
  return async ({ what, method, path, body, key, job, run }) => {
    const askedAt = Date.now();
    const { status, answer } = await send(api, method, path, body, key);
    const runId = run ?? (what === 'start' ? answer.id : undefined);
    const entry: Asked = {
      op: 'asked',
      what,
      askedAt,
      status,
      ...(job === undefined ? {} : { job }),
      ...(runId === undefined ? {} : { run: runId }),
      ...(key === undefined ? {} : { key }),
      ...(answer.state === undefined ? {} : { state: answer.state }),
    };
    history.write(entry);
    return { ...entry, ...answer };
  };
}

async function send(
  api: FleetApi,
  method: string,
  path: string,
  body: object | undefined,
  key: string | undefined,
): Promise<{ status: number | null; answer: Answer }> {
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
  const options = { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  try {
    const reply = await Promise.race([api.send<Answer>(method, path, options), unanswered()]);
    return { status: reply.status, answer: reply.body ?? {} };
  } catch {
    return { status: null, answer: {} };
  }
}

function unanswered(): Promise<Reply<Answer>> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('no answer')), patienceMs).unref();
  });
}
