import type { BlockedBy, Cause, Reason, RunState } from '@flotilla/domain';
import type { Prisma } from '@flotilla/prisma';
import { epochMs, epochMsOrNull } from './epoch-ms.ts';

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
  readonly pool: string;
  /** Higher is sooner, among the runs of its pool. */
  readonly priority: number;
  /** What a blocked run waits for: other runs of its job, or room in its pool. */
  readonly blockedBy: BlockedBy | null;
  /** By when a run that has never started must have begun; null: it may wait for ever. */
  readonly startBy: number | null;
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly revision: number;
  readonly version: number;
  /** Of several parents the one that ended last. */
  readonly parentId: string | null;
  /** All of them: none, one, or the set that began the run. */
  readonly parentIds: readonly string[];
  /** The settled run that this one runs again, where somebody asked for that. */
  readonly retryOf: string | null;
  readonly workerId: string | null;
  readonly cancelRequestedAt: number | null;
  readonly createdAt: number;
}

/** What a run is read with. */
export const withSlug = { job: { select: { slug: true } } } as const satisfies Prisma.RunInclude;

type RunRow = Prisma.RunGetPayload<{ include: typeof withSlug }>;

/** The database's CHECKs hold cause, state and reason to the domain's words. */
export function toRunView(row: RunRow): RunView {
  const {
    id,
    jobId,
    key,
    idempotencyKey,
    tickCount,
    pool,
    priority,
    attempt,
    failures,
    losses,
    revision,
    version,
    parentId,
    parentIds,
    retryOf,
    workerId,
  } = row;
  return {
    id,
    jobId,
    job: row.job.slug,
    cause: row.cause as Cause,
    key,
    idempotencyKey,
    tickAt: epochMsOrNull(row.tickAt),
    tickUntil: epochMsOrNull(row.tickUntil),
    tickCount,
    dueAt: epochMs(row.dueAt),
    startedAt: epochMsOrNull(row.startedAt),
    settledAt: epochMsOrNull(row.settledAt),
    state: row.state as RunState,
    reason: row.reason as Reason | null,
    pool,
    priority,
    blockedBy: row.blockedBy as BlockedBy | null,
    startBy: epochMsOrNull(row.startBy),
    attempt,
    failures,
    losses,
    revision,
    version,
    parentId,
    parentIds: parentIds.length > 0 || parentId === null ? parentIds : [parentId],
    retryOf,
    workerId,
    cancelRequestedAt: epochMsOrNull(row.cancelRequestedAt),
    createdAt: epochMs(row.createdAt),
  };
}
