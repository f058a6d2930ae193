import type { JobDocument } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { findJob, readJob } from './sql/jobs.ts';

/** A job as people see it. Instants are epoch milliseconds. */
export interface JobView {
  readonly jobId: string;
  readonly slug: string;
  readonly revision: number;
  readonly document: JobDocument;
  readonly enabled: boolean;
  /** The first tick that is not planned yet; null where there is none. */
  readonly nextTickAt: number | null;
  /** Why its schedule cannot be computed, where it cannot. */
  readonly blockedWhy: string | null;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** The view, and what edits need beside it. */
export interface JobRow extends JobView {
  readonly pool: string;
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
  const { jobId, slug, revision, document, enabled, nextTickAt, blockedWhy, createdAt, changedAt } = row;
  return { jobId, slug, revision, document, enabled, nextTickAt, blockedWhy, createdAt, changedAt };
}

export async function getJob(session: Session, slug: string): Promise<JobView | null> {
  const jobId = await findJobId(session, slug);
  const row = jobId === null ? null : await readJobRow(session, jobId);
  return row === null ? null : toJobView(row);
}
