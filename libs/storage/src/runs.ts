import type { Reason, RunState } from '@flotilla/domain';
import type { Prisma } from '@flotilla/prisma';
import { type AttemptView, toAttemptView } from './attempt-view.ts';
import type { Session, Store } from './connect.ts';
import { decodeCursor, encodeCursor, type Page } from './page.ts';
import { read } from './read.ts';
import { type RunView, toRunView, withSlug } from './run-view.ts';
import {
  countOpenRuns as countOpenRunsStatement,
  findRunsByIdEnd,
  readRunProgress,
} from './sql/run-reads.ts';

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
/** Children that the detail of a run names at most. */
const shownChildren = 1_000;

/** Newest due first. A slug finds the runs of every job that ever had it (ID-3). */
export async function listRuns(store: Store, filter: RunFilter): Promise<Page<RunView>> {
  const { job, state, reason, since, limit, cursor } = filter;
  const jobIds = job === undefined ? undefined : await idsOfSlug(store, job);
  const rows = await read(
    store.prisma.run.findMany({
      where: {
        ...(jobIds === undefined ? {} : { jobId: { in: jobIds } }),
        ...(state === undefined ? {} : { state }),
        ...(reason === undefined ? {} : { reason }),
        AND: [
          since === undefined ? {} : { dueAt: { gte: new Date(since) } },
          cursor === undefined ? {} : behind(cursor),
        ],
      },
      include: withSlug,
      orderBy: [{ dueAt: 'desc' }, { id: 'desc' }],
      take: limit + 1,
    }),
  );
  const items = rows.slice(0, limit).map(toRunView);
  const last = items.at(-1);
  const next = rows.length > limit && last ? encodeCursor({ at: last.dueAt, id: last.id }) : null;
  return { items, next };
}

/** What comes behind the last row of a page. The bound on dueAt alone is what the index is searched by. */
function behind(cursor: string): Prisma.RunWhereInput {
  const { at, id } = decodeCursor(cursor, 'run');
  const dueAt = new Date(at);
  return { dueAt: { lte: dueAt }, OR: [{ dueAt: { lt: dueAt } }, { id: { lt: id } }] };
}

export async function getRun(store: Store, id: string): Promise<RunDetail | null> {
  const run = await readRunView(store, { id });
  if (run === null) return null;
  const attempts = await read(
    store.prisma.attempt.findMany({ where: { runId: id }, orderBy: { number: 'asc' } }),
  );
  const children = await read(
    store.prisma.run.findMany({
      where: { OR: [{ parentId: id }, { parentIds: { has: id } }] },
      include: withSlug,
      orderBy: { id: 'asc' },
      take: shownChildren,
    }),
  );
  return {
    ...run,
    attempts: attempts.map(toAttemptView),
    children: children.map(toRunView).map(({ id, job, state }) => ({ id, job, state })),
  };
}

/** By its id, or by its identity (ID-1). */
export async function readRunView(store: Store, where: Prisma.RunWhereUniqueInput): Promise<RunView | null> {
  const row = await read(store.prisma.run.findUnique({ where, include: withSlug }));
  return row === null ? null : toRunView(row);
}

/** Runs whose id ends so, newest first: `idEnd` is 4 or more hex digits, dashes are ignored. */
export async function findRuns(store: Store, idEnd: string): Promise<RunView[]> {
  const digits = idEnd.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{4,32}$/.test(digits)) return [];
  const found = await store.ask<{ id: string }>(findRunsByIdEnd, [digits, idEndSearchDepth]);
  const rows = await read(
    store.prisma.run.findMany({
      where: { id: { in: found.map(({ id }) => id) } },
      include: withSlug,
      orderBy: [{ dueAt: 'desc' }, { id: 'desc' }],
    }),
  );
  return rows.map(toRunView);
}

/** How far a run is. */
export interface RunProgress {
  readonly state: RunState;
  readonly reason: Reason | null;
  /** The present one, or the last; 0 before the first. */
  readonly attempt: number;
}

export async function getRunProgress(session: Session, id: string): Promise<RunProgress | null> {
  const [row] = await session.ask<RunProgress>(readRunProgress, [id]);
  return row ?? null;
}

async function idsOfSlug(store: Store, slug: string): Promise<string[]> {
  const jobs = await read(store.prisma.job.findMany({ where: { slug }, select: { id: true } }));
  return jobs.map(({ id }) => id);
}

/** Runs that are not settled, by state; `due` are the queued ones whose time has come. */
export function countOpenRuns(session: Session): Promise<{ state: RunState | 'due'; count: number }[]> {
  return session.ask(countOpenRunsStatement);
}
