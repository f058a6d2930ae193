import type { CliContext } from '../context.ts';
import { apiPath, type Query } from './api-path.ts';
import { findServer, type Server } from './find-server.ts';
import { type Problem, ProblemError } from './problem.ts';
import { unreachable } from './unreachable.ts';

/** Until the head of an answer is here. Bodies that stream are waited for by those who read them. */
export const answerTimeoutMs = 30_000;

export interface Call {
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Hangs up, also while the body is read. */
  readonly signal?: AbortSignal;
}

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** The API of one server. Every refusal is a {@link ProblemError}; silence and a broken line are `unreachable`. */
export class ApiClient {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /** The whole address of a path that the API has named. */
  address(path: string): string {
    return new URL(path, this.#server.url).href;
  }

  /** `path` holds one text for each segment, as users typed it. */
  async get<Body>(path: readonly string[], query: Query = {}): Promise<Body> {
    const { body } = await this.send<Body>('GET', path, { query });
    return body;
  }

  /** As `get`, with null for what is not there. */
  async find<Body>(path: readonly string[], query: Query = {}): Promise<Body | null> {
    try {
      return await this.get<Body>(path, query);
    } catch (error) {
      if (error instanceof ProblemError && error.status === 404) return null;
      throw error;
    }
  }

  async send<Body>(method: Method, path: readonly string[], call: Call = {}): Promise<Answer<Body>> {
    const response = await this.open(method, path, call);
    const text = await this.#reach(() => response.text());
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Body };
  }

  /** An answer whose body is still to be read. */
  async open(method: Method, path: readonly string[], call: Call = {}): Promise<Response> {
    const { query = {}, body, headers = {}, timeoutMs = answerTimeoutMs, signal } = call;
    const url = new URL(apiPath(path, query), this.#server.url);
    const silence = new AbortController();
    const timer = setTimeout(
      () => silence.abort(new DOMException(`no answer within ${timeoutMs / 1000} s`, 'TimeoutError')),
      timeoutMs,
    );
    const response = await this.#reach(() =>
      fetch(url, {
        method,
        signal: AbortSignal.any([silence.signal, ...(signal === undefined ? [] : [signal])]),
        redirect: 'error',
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${this.#server.token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    ).finally(() => clearTimeout(timer));
    if (response.ok) return response;
    throw new ProblemError(response.status, await readProblem(response), this.#server.source);
  }

  async #reach<Value>(ask: () => Promise<Value>): Promise<Value> {
    try {
      return await ask();
    } catch (error) {
      throw unreachable(this.#server, error);
    }
  }
}

export async function connectApi({ environment, folder }: CliContext): Promise<ApiClient> {
  return new ApiClient(await findServer(environment, folder));
}

/** Something between us and the API may answer in its own words: then only the status counts. */
async function readProblem(response: Response): Promise<Problem> {
  const title = `the server answered ${response.status} ${response.statusText}`.trim();
  try {
    return { title, ...((await response.json()) as Problem) };
  } catch {
    return { title };
  }
}
