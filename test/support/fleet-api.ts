import { type Cause, isSettled, type RunState } from '@flotilla/domain';
import { type Patience, waitFor } from './wait-for.ts';

export interface Reply<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface RunView {
  readonly id: string;
  readonly job: string;
  readonly cause: Cause;
  readonly key: string;
  readonly tickAt: string | null;
  readonly dueAt: string;
  readonly startedAt: string | null;
  readonly settledAt: string | null;
  readonly state: RunState;
  readonly reason: string | null;
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly version: number;
  readonly parent: string | null;
  readonly worker: string | null;
}

export interface AttemptView {
  readonly number: number;
  readonly worker: string;
  readonly outcome: string | null;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunDetail extends RunView {
  readonly attempts: readonly AttemptView[];
  readonly children: readonly { readonly id: string; readonly job: string; readonly state: RunState }[];
}

export interface WorkerView {
  readonly id: string;
  readonly pid: number;
  readonly state: string;
  readonly inHand: number;
  readonly endedAt: string | null;
  readonly endedWhy: string | null;
  readonly death: 'evidence' | 'silence' | null;
  readonly skewMs: number;
}

type RunPage = { readonly items: readonly RunView[]; readonly next: string | null };
type WorkerPage = { readonly items: readonly WorkerView[] };

/** The API as any HTTP client sees it. */
export class FleetApi {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  get<Body = unknown>(path: string): Promise<Reply<Body>> {
    return this.send('GET', path);
  }

  put<Body = unknown>(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply<Body>> {
    const json = typeof body === 'string' ? body : JSON.stringify(body);
    return this.send('PUT', path, {
      body: json,
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  post<Body = unknown>(path: string, headers: Record<string, string> = {}): Promise<Reply<Body>> {
    return this.send('POST', path, { headers });
  }

  delete<Body = unknown>(path: string): Promise<Reply<Body>> {
    return this.send('DELETE', path);
  }

  /** Paths are below `/api/v1`. The body is parsed where it is JSON, else it is text. */
  async send<Body>(
    method: string,
    path: string,
    { headers, ...rest }: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<Reply<Body>> {
    const reply = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...headers },
      ...rest,
    });
    const text = await reply.text();
    const isJson = reply.headers.get('content-type')?.includes('json') === true;
    return { status: reply.status, headers: reply.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  /** Creates or changes a job. Throws where that is refused. */
  async putJob(id: string, document: object): Promise<void> {
    this.#taken('PUT', `/jobs/${id}`, await this.put(`/jobs/${id}`, document));
  }

  /** Starts a run by hand. Gives its id. */
  async startRun(job: string): Promise<string> {
    const path = `/jobs/${job}/runs`;
    return this.#taken('POST', path, await this.post<RunView>(path)).id;
  }

  async run(id: string): Promise<RunDetail> {
    const path = `/runs/${id}`;
    return this.#taken('GET', path, await this.get<RunDetail>(path));
  }

  /** All of the job's runs, latest due first. */
  async runsOf(job: string): Promise<RunView[]> {
    const runs: RunView[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `/runs?job=${job}&limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const page: RunPage = this.#taken('GET', path, await this.get<RunPage>(path));
      runs.push(...page.items);
      cursor = page.next;
    }
    return runs;
  }

  /** Waits for the end of a run. */
  settled(id: string, patience?: Patience): Promise<RunDetail> {
    return this.#awaited(id, 'end', ({ state }) => isSettled(state), patience);
  }

  /** Waits until a run's turn is under way. */
  started(id: string, patience?: Patience): Promise<RunDetail> {
    return this.#awaited(id, 'start', ({ state }) => state === 'running', patience);
  }

  async workers(): Promise<readonly WorkerView[]> {
    return this.#taken('GET', '/workers', await this.get<WorkerPage>('/workers')).items;
  }

  /** What the run's turns have written. */
  async log(id: string): Promise<string> {
    const path = `/runs/${id}/log`;
    return this.#taken('GET', path, await this.get<string>(path));
  }

  #awaited(
    id: string,
    what: string,
    isSo: (run: RunDetail) => boolean,
    patience?: Patience,
  ): Promise<RunDetail> {
    return waitFor(
      `the ${what} of run ${id}`,
      async () => {
        const run = await this.run(id);
        if (!isSo(run)) throw new Error(`${run.job} is ${run.state}`);
        return run;
      },
      patience,
    );
  }

  #taken<Body>(method: string, path: string, { status, body }: Reply<Body>): Body {
    if (status >= 400) throw new Error(`${method} ${path} was answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }
}
