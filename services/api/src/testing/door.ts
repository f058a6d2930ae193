import { type JobDocument, parseJob } from '@flotilla/domain';
import type { JobView, PoolView, RunDetail, RunView } from '@flotilla/storage';
import type { App } from '../app.ts';
import { createFanOut } from '../live/fan-out.ts';
import { createServer, type Ledger, type Live } from '../server.ts';
import { createLogTails } from '../tail/log-tails.ts';

export const token = 'a-token-of-sixteen';
export const runId = '0198c0de-0000-7000-8000-00000000abcd';
const jobId = '0198c0de-0000-7000-8000-000000000001';
export const caller = {
  tokenId: '0198c0de-0000-7000-8000-00000000cafe',
  name: 'tester',
  role: 'admin',
} as const;

export const nightly = { schedule: { cron: '0 2 * * *' }, turn: { shell: 'make report' } };

export function documentOf(input: object): JobDocument {
  const parsed = parseJob(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.document;
}

export function jobOf(input: object, revision = 3): JobView {
  const document = documentOf(input);
  const { id: slug, enabled } = document;
  const times = { nextTickAt: 1_800_000_000_000, createdAt: 0, changedAt: 0 };
  return { jobId, slug, revision, document, enabled, blockedWhy: null, paused: null, ...times };
}

export function runOf(changes: Partial<RunView> = {}): RunDetail {
  return {
    id: runId,
    jobId,
    job: 'nightly',
    cause: 'manual',
    key: 'k',
    idempotencyKey: '0'.repeat(32),
    tickAt: null,
    tickUntil: null,
    tickCount: 1,
    dueAt: 0,
    startedAt: null,
    settledAt: null,
    state: 'queued',
    reason: null,
    pool: 'default',
    priority: 0,
    blockedBy: null,
    startBy: null,
    attempt: 0,
    failures: 0,
    losses: 0,
    revision: 1,
    version: 1,
    parentId: null,
    parentIds: [],
    retryOf: null,
    workerId: null,
    cancelRequestedAt: null,
    createdAt: 0,
    attempts: [],
    children: [],
    ...changes,
  };
}

export function poolOf(changes: Partial<PoolView> = {}): PoolView {
  const counts = { running: 0, waiting: 0, due: 0, workers: 0, slots: 0 };
  return { name: 'default', capacity: null, ...counts, changedAt: 0, ...changes };
}

type Part = 'jobs' | 'runs' | 'pools' | 'tokens' | 'callers';

/** A ledger without jobs and runs, but for what `changes` answers. */
export function ledgerOf(
  changes: Partial<Pick<Ledger, 'listWorkers' | 'listAlarms'>> & { [P in Part]?: Partial<Ledger[P]> } = {},
): Ledger {
  return {
    callers: {
      authenticate: async (given) => (given === token ? caller : null),
      findSession: async () => null,
      openSession: async () => ({ secret: 'opened', expiresAt: Date.now() + 60_000 }),
      openLink: async () => ({ secret: 'linked', expiresAt: 0 }),
      useLink: async () => null,
      closeSession: async () => undefined,
      ...changes.callers,
    },
    listWorkers: changes.listWorkers ?? (async () => []),
    listAlarms: changes.listAlarms ?? (async () => []),
    jobs: {
      put: async ({ document }) => ({ kind: 'created', job: jobOf(document, 1), oldRevision: null }),
      get: async () => null,
      list: async () => ({ items: [], next: null }),
      delete: async () => ({ kind: 'not_found' }),
      setEnabled: async () => ({ kind: 'not_found' }),
      pause: async () => ({ kind: 'not_found' }),
      resume: async () => ({ kind: 'not_found' }),
      start: async () => ({ kind: 'not_found' }),
      why: async () => null,
      nearestSlug: async () => null,
      ...changes.jobs,
    },
    pools: {
      list: async () => [],
      names: async () => [],
      get: async () => null,
      put: async (pool) => ({ kind: 'created', pool: poolOf(pool) }),
      delete: async () => ({ kind: 'not_found' }),
      nearest: async () => null,
      ...changes.pools,
    },
    tokens: {
      create: async ({ name, role }) => ({
        kind: 'created',
        token: 'made',
        view: { name, role, createdAt: 0 },
      }),
      list: async () => [],
      revoke: async () => ({ kind: 'not_found' }),
      ...changes.tokens,
    },
    runs: {
      list: async () => ({ items: [], next: null }),
      get: async () => null,
      find: async () => [],
      read: async function* () {
        // nothing was written
      },
      readFrom: async function* () {
        // nothing was written
      },
      progress: async () => null,
      request: async () => ({ kind: 'not_found' }),
      retry: async () => ({ kind: 'not_found' }),
      ...changes.runs,
    },
  };
}

/** What was told over NATS. */
export interface ToldLive extends Live {
  readonly told: string[];
}

export function liveOf(changes: Partial<Live> = {}): ToldLive {
  const told: string[] = [];
  return {
    told,
    fanOut: createFanOut(),
    tails: createLogTails(() => undefined),
    hint: (work) => told.push(`hint ${work}`),
    cancel: (run) => told.push(`cancel ${run}`),
    follow: () => {
      throw new Error('NATS is away');
    },
    ...changes,
  };
}

export interface Door {
  readonly app: App;
  readonly live: ToldLive;
  readonly failures: unknown[];
  /** One request with the token; a body is sent as JSON. */
  ask(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    url: string,
    sent?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly json: any;
}

/** The whole server over fakes, asked without a socket. */
export async function openDoor(ledger: Ledger = ledgerOf(), live: ToldLive = liveOf()): Promise<Door> {
  const failures: unknown[] = [];
  const app = await createServer({
    ledger,
    live,
    queues: { of: () => [] },
    version: '1.2.3',
    onFailure: ({ error }) => failures.push(error),
  });
  return {
    app,
    live,
    failures,
    async ask(method, url, { body, headers = {} } = {}) {
      const response = await app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      const { statusCode: status, payload: text } = response;
      const isJson = /json/.test(String(response.headers['content-type']));
      return { status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
    },
  };
}
