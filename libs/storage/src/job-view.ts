import {
  completeDocument,
  isPauseOver,
  type JobDocument,
  nextTick,
  type Pause,
  resolveSchedule,
} from '@flotilla/domain';
import type { Session } from './connect.ts';
import { findJob, readJob } from './sql/jobs.ts';

/** A pause as people see it; `until` null: until somebody resumes the job. */
export interface PauseView extends Pause {
  readonly by: string;
  readonly reason: string | null;
}

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
  readonly paused: PauseView | null;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** What the ledger holds of a job, and the database's clock at the reading. */
export interface JobRow extends Omit<JobView, 'nextTickAt' | 'paused'> {
  readonly pool: string;
  readonly pausedAt: number | null;
  readonly pausedUntil: number | null;
  readonly pausedBy: string | null;
  readonly pausedWhy: string | null;
  /** The cursor: the first tick that is not planned yet. */
  readonly cursorAt: number | null;
  readonly blockedAt: number | null;
  readonly now: number;
}

export async function readJobRow(session: Session, jobId: string): Promise<JobRow | null> {
  const [row] = await session.ask<JobRow>(readJob, [jobId]);
  return row === undefined ? null : completeRow(row);
}

/** Its document may be one that an earlier release has stored. */
export function completeRow(row: JobRow): JobRow {
  return { ...row, document: completeDocument(row.document) };
}

/** Of a job that the caller's transaction holds. */
export async function readJobView(session: Session, jobId: string): Promise<JobView> {
  const row = await readJobRow(session, jobId);
  if (row === null) throw new Error(`job ${jobId} is gone within its own transaction`);
  return toJobView(row);
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
    paused: pauseOf(row),
    createdAt,
    changedAt,
  };
}

/** The pause that goes on; one that is over is none, although the planner has not ended it yet. */
export function pauseOf({ pausedAt, pausedUntil, pausedBy, pausedWhy, now }: JobRow): PauseView | null {
  if (pausedAt === null) return null;
  const pause = { at: pausedAt, until: pausedUntil };
  return isPauseOver(pause, now) ? null : { ...pause, by: pausedBy ?? '', reason: pausedWhy };
}

function nextTickOf(row: JobRow): number | null {
  const { enabled, blockedWhy, document, now } = row;
  if (!enabled || blockedWhy !== null || document.schedule === undefined) return null;
  const paused = pauseOf(row);
  if (paused?.until === null) return null;
  try {
    const after = paused === null ? now : paused.until - 1;
    return nextTick(resolveSchedule(document.schedule), after)?.tickAt ?? null;
  } catch {
    return null; // the planner will find the same, and say it where people look
  }
}

export async function getJob(session: Session, slug: string): Promise<JobView | null> {
  const jobId = await findJobId(session, slug);
  const row = jobId === null ? null : await readJobRow(session, jobId);
  return row === null ? null : toJobView(row);
}
