import {
  type Plan,
  planTicks,
  resolveSchedule,
  type ScheduleDocument,
  spreadOffset,
  tickKey,
} from '@flotilla/domain';
import type { Session, Store } from './connect.ts';
import { tellJob } from './job-event.ts';
import { insertNewRuns, instant, type NewRun } from './new-run.ts';
import { blockSchedule, lockDueSchedules, lockSchedule, moveCursors, readSchedules } from './sql/plan.ts';

/**
 * What one transaction of the planner may take on. Ticks are computed while cursors are locked: many jobs that are far
 * behind would outlast the transaction's idle time-out, and the next try would be the same one.
 */
export const planBounds = { schedules: 100, runsOfAJob: 100, runs: 1_000, ticks: 20_000 } as const;

interface ScheduleRow {
  readonly jobId: string;
  readonly nextTickAt: number;
  readonly revision: number;
  readonly pool: string;
  readonly enabled: boolean;
  readonly schedule: ScheduleDocument;
  readonly now: number;
}

export interface PlanResult {
  /** Runs inserted: those that another planner had inserted before are not counted. */
  readonly planned: number;
  /** Jobs whose schedule could not be computed. */
  readonly blocked: readonly string[];
  /** Something before the horizon is left for the next step. */
  readonly more: boolean;
}

/** One step of the planner: ticks up to the horizon become ledger rows, and the cursors move, in one transaction. */
export async function planDueRuns(store: Store, horizonMs: number): Promise<PlanResult> {
  return store.transaction(async (session) => {
    const locked = await session.ask<{ jobId: string }>(lockDueSchedules, [horizonMs, planBounds.schedules]);
    if (locked.length === 0) return { planned: 0, blocked: [], more: false };
    const rows = await readCursors(
      session,
      locked.map((row) => row.jobId),
    );
    const result = await planRows(session, rows, horizonMs);
    return { ...result, more: result.more || locked.length === planBounds.schedules };
  });
}

/**
 * ED-1, ED-2: plans one job's ticks up to now, exactly as the planner would, in the caller's transaction. Locks the
 * cursor and waits for it. True where ticks that have come are left.
 */
export async function planUpToNow(session: Session, jobId: string): Promise<boolean> {
  await session.ask(lockSchedule, [jobId]);
  const rows = await readCursors(session, [jobId]);
  return (await planRows(session, rows, 0)).more;
}

function readCursors(session: Session, jobIds: readonly string[]): Promise<ScheduleRow[]> {
  return session.ask<ScheduleRow>(readSchedules, [jobIds]);
}

async function planRows(
  session: Session,
  rows: readonly ScheduleRow[],
  horizonMs: number,
): Promise<PlanResult> {
  const runs: NewRun[] = [];
  const cursors: { jobId: string; nextTickAt: number | null }[] = [];
  const blocked: string[] = [];
  let more = false;
  let ticks = 0;
  for (const row of rows) {
    const room = planBounds.runs - runs.length;
    if (room === 0 || ticks >= planBounds.ticks) {
      more = true;
      break;
    }
    const plan = tryPlan(row, horizonMs, Math.min(room, planBounds.runsOfAJob));
    if (plan instanceof Error) {
      await block(session, row, plan);
      blocked.push(row.jobId);
      continue;
    }
    ticks += plan.ticksLookedAt;
    runs.push(...plan.runs.map((planned) => newRun(row, planned)));
    cursors.push({ jobId: row.jobId, nextTickAt: plan.nextTickAt });
    more ||= plan.nextTickAt !== null && plan.nextTickAt <= row.now + horizonMs;
  }
  const inserted = await insertNewRuns(session, runs);
  await session.ask(moveCursors, [
    cursors.map((cursor) => cursor.jobId),
    cursors.map((cursor) => instant(cursor.nextTickAt)),
  ]);
  return { planned: inserted.length, blocked, more };
}

/** Each job in its own try: one that cannot be computed leaves the batch, and delays nobody. */
function tryPlan(row: ScheduleRow, horizonMs: number, maxRows: number): Plan | Error {
  try {
    const schedule = resolveSchedule(row.schedule);
    return planTicks({
      schedule,
      catchUp: schedule.catchUp,
      nextTickAt: row.nextTickAt,
      now: row.now,
      horizonAt: row.now + horizonMs,
      spreadOffsetMs: spreadOffset(row.jobId, schedule.spreadMs),
      maxRows,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function newRun(row: ScheduleRow, planned: Plan['runs'][number]): NewRun {
  const { jobId, pool, revision } = row;
  return { ...planned, jobId, pool, revision, cause: 'schedule', key: tickKey(planned.tickAt) };
}

async function block(session: Session, { jobId }: ScheduleRow, why: Error): Promise<void> {
  await session.ask(blockSchedule, [jobId, why.message.slice(0, 1000)]);
  await tellJob(session, jobId, 'job.blocked', {
    actor: 'planner',
    oldRevision: null,
    message: why.message.slice(0, 1000),
  });
}
