import type { Cause, Outcome, Reason, RunState } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { instant } from './new-run.ts';
import { decodeCursor, encodeCursor, type Page } from './page.ts';
import {
  countOpenRuns as countOpenRunsStatement,
  findJobsOfSlug,
  findRunsByIdEnd,
  listRuns as listRunsStatement,
  readAttempts,
  readChildRuns,
  readRun,
} from './sql/run-reads.ts';

/** A run as people see it. Instants are epoch milliseconds. */
export interface RunView {
  readonly id: string;
  readonly jobId: string;
  readonly job: string;
  readonly cause: Cause;
  readonly key: string;
  readonly idempotencyKey: string;
  readonly tickAt: number | null;
  readonly tickUntil: number | null;
  readonly tickCount: number;
  readonly dueAt: number;
  readonly startedAt: number | null;
  readonly settledAt: number | null;
  readonly state: RunState;
  readonly reason: Reason | null;
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly revision: number;
  readonly version: number;
  readonly parentId: string | null;
  readonly workerId: string | null;
  readonly cancelRequestedAt: number | null;
  readonly createdAt: number;
}

export interface AttemptView {
  readonly number: number;
  readonly workerId: string;
  readonly startedAt: number;
  readonly spawnedAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: Outcome['kind'] | 'handed_back' | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly message: string | null;
  readonly stdout: string;
  readonly stdoutBytes: number;
  readonly stdoutTruncated: boolean;
  readonly stderr: string;
  readonly stderrBytes: number;
  readonly stderrTruncated: boolean;
}

export interface RunDetail extends RunView {
  readonly attempts: readonly AttemptView[];
  readonly children: readonly { readonly id: string; readonly job: string; readonly state: RunState }[];
}

export interface RunFilter {
  readonly job?: string;
  readonly state?: RunState;
  readonly reason?: string;
  /** Due at or after this instant. */
  readonly since?: number;
  readonly limit: number;
  readonly cursor?: string;
}

/** How many of the newest runs are searched for the end of an id. */
const idEndSearchDepth = 10_000;

/** Newest due first. A slug finds the runs of every job that ever had it. */
export async function listRuns(session: Session, filter: RunFilter): Promise<Page<RunView>> {
  const jobIds = filter.job === undefined ? null : await idsOfSlug(session, filter.job);
  const after = filter.cursor === undefined ? null : decodeCursor(filter.cursor, 'run');
  const rows = await session.ask<RunView>(listRunsStatement, [
    jobIds,
    filter.state ?? null,
    filter.reason ?? null,
    instant(filter.since),
    filter.limit + 1,
    instant(after?.at),
    after?.id ?? null,
  ]);
  const items = rows.slice(0, filter.limit);
  const last = items.at(-1);
  const next = rows.length > filter.limit && last ? encodeCursor({ at: last.dueAt, id: last.id }) : null;
  return { items, next };
}

export async function getRun(session: Session, id: string): Promise<RunDetail | null> {
  const run = await readRunView(session, id);
  if (run === null) return null;
  const attempts = await session.ask<AttemptView>(readAttempts, [id]);
  const children = await session.ask<RunDetail['children'][number]>(readChildRuns, [id]);
  return { ...run, attempts, children };
}

export async function readRunView(session: Session, id: string): Promise<RunView | null> {
  const [run] = await session.ask<RunView>(readRun, [id]);
  return run ?? null;
}

/** Runs whose id ends so, newest first: `idEnd` is 4 or more hex digits, dashes are ignored. */
export async function findRuns(session: Session, idEnd: string): Promise<RunView[]> {
  const digits = idEnd.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{4,32}$/.test(digits)) return [];
  return session.ask<RunView>(findRunsByIdEnd, [digits, idEndSearchDepth]);
}

async function idsOfSlug(session: Session, slug: string): Promise<string[]> {
  const rows = await session.ask<{ id: string }>(findJobsOfSlug, [slug]);
  return rows.map((row) => row.id);
}

/** Runs that are not settled, by state; `due` are the queued ones whose time has come. */
export function countOpenRuns(session: Session): Promise<{ state: RunState | 'due'; count: number }[]> {
  return session.ask(countOpenRunsStatement);
}
