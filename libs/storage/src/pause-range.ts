import { idempotencyKey, type Plan, type PlannedRun, tickKey } from '@flotilla/domain';
import { v7 as uuidV7 } from 'uuid';
import type { Session } from './connect.ts';
import { instant } from './new-run.ts';
import { beginPauseRange, closePauseRange, growPauseRange } from './sql/pause.ts';

export interface PausedJob {
  readonly jobId: string;
  readonly pool: string;
  readonly revision: number;
  /** The range row of its pause, where one is open. */
  readonly range: PlannedRun | null;
}

/** ED-4: writes what a plan makes of the range row of a job's pause. The job's schedule is locked. */
export async function keepPauseRange(session: Session, job: PausedJob, plan: Plan): Promise<void> {
  const { closedRange, openRange } = plan;
  if (job.range !== null) await grow(session, job.jobId, job.range, closedRange ?? openRange);
  if (closedRange !== null) await session.ask(closePauseRange, [job.jobId]);
  const isNew = openRange !== null && (job.range === null || closedRange !== null);
  if (isNew) await begin(session, job, openRange);
}

async function grow(
  session: Session,
  jobId: string,
  before: PlannedRun,
  after: PlannedRun | null,
): Promise<void> {
  if (after === null || after.tickCount === before.tickCount) return;
  await session.ask(growPauseRange, [jobId, instant(after.tickUntil), after.tickCount]);
}

async function begin(session: Session, job: PausedJob, range: PlannedRun): Promise<void> {
  const { jobId, pool, revision } = job;
  const { tickAt, tickUntil, tickCount, dueAt } = range;
  const identity = { jobId, cause: 'schedule', key: tickKey(tickAt) } as const;
  await session.ask(beginPauseRange, [
    uuidV7(),
    jobId,
    identity.key,
    idempotencyKey(identity),
    instant(tickAt),
    instant(tickUntil),
    tickCount,
    instant(dueAt),
    pool,
    revision,
  ]);
}
