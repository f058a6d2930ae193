import {
  countsOthers,
  goesOnWaiting,
  type JobDocument,
  nextTick,
  resolveSchedule,
  resolveTrigger,
  type ScheduleDocument,
  startWithinMs,
} from '@flotilla/domain';
import type { Session } from './connect.ts';
import { tellJob } from './job-event.ts';
import { type JobRow, type JobView, readJobView } from './job-view.ts';
import { insertNewRuns, instant } from './new-run.ts';
import { ensureGate, insertJob, insertRevision, lockJobAgainstClaims } from './sql/jobs.ts';
import { ensureJoin, keepEndings } from './sql/joins.ts';
import { closePauseRange } from './sql/pause.ts';
import { moveCursors } from './sql/plan.ts';
import { setTriggers } from './sql/trigger-graph.ts';
import { lockWaitingRuns, moveWaitingRuns, withdrawPlans } from './sql/waiting-runs.ts';

/** A new job: its row, first revision, cursor, gate, trigger and event. */
export async function createJob(
  session: Session,
  job: { jobId: string; document: JobDocument; parentIds: readonly string[]; actor: string; now: number },
): Promise<JobView> {
  await session.ask(insertJob, [job.jobId, job.document.id, ...columns(job.document, job.actor, job.now)]);
  await writePolicies(session, job);
  await tellJob(session, job.jobId, 'job.changed', { actor: job.actor, oldRevision: null });
  return readJobView(session, job.jobId);
}

/**
 * ED-1: the next revision of a job whose schedule row is locked and whose ticks are planned up to now. Plans for
 * ticks that have not come are withdrawn, and the cursor goes on from now; of the endings that it waits with, those stay
 * that count under the new rule.
 */
export async function reviseJob(
  session: Session,
  job: { row: JobRow; document: JobDocument; parentIds: readonly string[]; actor: string },
): Promise<JobView> {
  const { row, document, actor } = job;
  const { jobId, now } = row;
  const revision = row.revision + 1;
  await healBlocked(session, row);
  // A range row is of one revision. The pause itself is not of the document, and goes on.
  await session.ask(closePauseRange, [jobId]);
  if (movesRuns(row.document, document)) await session.ask(lockWaitingRuns, [jobId]);
  await session.ask(withdrawPlans, [jobId, instant(now)]);
  // Before claims wait for this edit: they hold runs meanwhile.
  await session.ask(moveWaitingRuns, [jobId, document.pool, document.priority]);
  if (document.overlap !== row.document.overlap) await session.ask(lockJobAgainstClaims, [jobId]);
  await session.ask(insertRevision, [jobId, revision, ...columns(document, actor, now)]);
  await writePolicies(session, { jobId, document, parentIds: job.parentIds });
  const goesOn = goesOnWaiting(row.document.after, document.after);
  await session.ask(keepEndings, [jobId, goesOn ? job.parentIds : []]);
  await tellJob(session, jobId, 'job.changed', { actor, oldRevision: row.revision });
  return readJobView(session, jobId);
}

/**
 * ED-1: withdraws the plans for ticks that have not come, and lets planning go on from now. For edits that leave the
 * document as it is; the schedule row is locked and the ticks are planned up to now.
 */
export async function planAnew(session: Session, { jobId, document, blockedAt, now }: JobRow): Promise<void> {
  await session.ask(withdrawPlans, [jobId, instant(now)]);
  if (blockedAt !== null) return;
  await session.ask(moveCursors, [[jobId], [instant(cursorFrom(document, now))]]);
}

/** AD-3: runs that wait go where their job goes. */
export function movesRuns(before: JobDocument, after: JobDocument): boolean {
  return before.pool !== after.pool || before.priority !== after.priority;
}

function columns(document: JobDocument, actor: string, now: number): unknown[] {
  const { enabled, overlap, pool, schedule, backlog, priority } = document;
  const cursor = instant(cursorFrom(document, now));
  const policies = [backlog, priority, startWithinMs(document)];
  return [enabled, overlap, pool, JSON.stringify(document), actor, kindOf(schedule), cursor, ...policies];
}

function cursorFrom({ enabled, schedule }: JobDocument, now: number): number | null {
  return enabled && schedule !== undefined ? firstTickAfter(schedule, now) : null;
}

function kindOf(schedule: ScheduleDocument | undefined): 'cron' | 'every' | 'at' | 'none' {
  return (['cron', 'every', 'at'] as const).find((kind) => schedule?.[kind] !== undefined) ?? 'none';
}

/** Null where there is none. A schedule that cannot be computed gets now: the planner finds it at once and blocks it. */
function firstTickAfter(schedule: ScheduleDocument, now: number): number | null {
  try {
    return nextTick(resolveSchedule(schedule), now)?.tickAt ?? null;
  } catch {
    return now;
  }
}

async function writePolicies(
  session: Session,
  { jobId, document, parentIds }: { jobId: string; document: JobDocument; parentIds: readonly string[] },
): Promise<void> {
  const { overlap, schedule, after } = document;
  if (countsOthers(overlap, schedule?.catchUp.policy ?? null)) await session.ask(ensureGate, [jobId]);
  const rule = after === undefined ? null : resolveTrigger(after);
  if (rule?.join === 'all') await session.ask(ensureJoin, [jobId]);
  await session.ask(setTriggers, [
    jobId,
    parentIds,
    rule?.join === 'all',
    rule?.on ?? null,
    rule?.condition?.kind === 'contains' ? rule.condition.text : null,
    rule?.condition?.kind === 'matches' ? rule.condition.text : null,
    rule?.delayMs ?? null,
  ]);
}

/** The ticks of the time in which the schedule could not be computed cannot be counted: one range row stands for them. */
async function healBlocked(session: Session, row: JobRow): Promise<void> {
  if (row.blockedAt === null || row.blockedAt > row.now) return;
  const { jobId, blockedAt, pool, revision, now } = row;
  await insertNewRuns(session, [
    {
      jobId,
      cause: 'schedule',
      key: String(blockedAt),
      tickAt: blockedAt,
      tickUntil: now,
      dueAt: blockedAt,
      state: 'missed',
      reason: 'blocked_config',
      pool,
      revision,
    },
  ]);
}
