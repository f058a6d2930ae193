import { type JobDocument, nextTick, resolveSchedule } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { findJob, readJob } from './sql/jobs.ts';

/** A job as people see it. Instants are epoch milliseconds. */
export interface JobView {
  readonly jobId: string;
  readonly slug: string;
  readonly revision: number;
  readonly document: JobDocument;
  readonly enabled: boolean;
  /** The next tick to come, planned already or not; null where there is none. */
  readonly nextTickAt: number | null;
  /** Why its schedule cannot be computed, where it cannot. */
  readonly blockedWhy: string | null;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** What the ledger holds of a job, and the database's clock at the reading. */
export interface JobRow extends Omit<JobView, 'nextTickAt'> {
  readonly pool: string;
  /** The cursor: the first tick that is not planned yet. */
  readonly cursorAt: number | null;
  readonly blockedAt: number | null;
  readonly now: number;
}

export async function readJobRow(session: Session, jobId: string): Promise<JobRow | null> {
  const [row] = await session.ask<JobRow>(readJob, [jobId]);
  return row ?? null;
}

export async function findJobId(session: Session, slug: string): Promise<string | null> {
  const [row] = await session.ask<{ jobId: string }>(findJob, [slug]);
  return row?.jobId ?? null;
}

export function toJobView(row: JobRow): JobView {
  const { jobId, slug, revision, document, enabled, blockedWhy, createdAt, changedAt } = row;
  return {
    jobId,
    slug,
    revision,
    document,
    enabled,
    nextTickAt: nextTickOf(row),
    blockedWhy,
    createdAt,
    changedAt,
  };
}

function nextTickOf({ enabled, blockedWhy, document, now }: JobRow): number | null {
  if (!enabled || blockedWhy !== null || document.schedule === undefined) return null;
  try {
    return nextTick(resolveSchedule(document.schedule), now)?.tickAt ?? null;
  } catch {
    return null; // the planner will find the same, and say it where people look
  }
}

export async function getJob(session: Session, slug: string): Promise<JobView | null> {
  const jobId = await findJobId(session, slug);
  const row = jobId === null ? null : await readJobRow(session, jobId);
  return row === null ? null : toJobView(row);
}
