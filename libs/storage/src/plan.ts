import {
  isPauseOver,
  lateAfter,
  type Pause,
  type Plan,
  type PlannedRun,
  planTicks,
  resolveSchedule,
  type ScheduleDocument,
  spreadOffset,
  tickKey,
} from '@flotilla/domain';
import type { Session, Store } from './connect.ts';
import { endPause } from './end-pause.ts';
import { tellJob } from './job-event.ts';
import { insertNewRuns, instant, type NewRun } from './new-run.ts';
import { keepPauseRange } from './pause-range.ts';
import { lockSchedule } from './sql/jobs.ts';
import {
  blockSchedule,
  lockDueSchedules,
  lockPausedSchedules,
  moveCursors,
  readSchedules,
} from './sql/plan.ts';

/**
 * What one transaction of the planner may take on. Ticks are computed while cursors are locked: many jobs that are far
 * behind would outlast the transaction's idle time-out, and the next try would be the same one.
 */
export const planBounds = { schedules: 100, runsOfAJob: 100, runs: 1_000, ticks: 20_000 } as const;

/**
 * ED-4: a pause's row grows once a minute. Where the pause is about to end by itself it grows tick by tick, so that the
 * first tick after it is planned before it comes.
 */
const growth = { everyMs: 60_000, endsSoonMs: 2_000 } as const;

interface ScheduleRow {
  readonly jobId: string;
  /** Null: no tick is to be planned, but a pause may have to end. */
  readonly nextTickAt: number | null;
  readonly revision: number;
  readonly pool: string;
  readonly enabled: boolean;
  readonly startWithinMs: number | null;
  readonly schedule: ScheduleDocument | null;
  readonly pause: Pause | null;
  /** Of the pause, where it has one. */
  readonly range: PlannedRun | null;
  readonly known: readonly number[];
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
    const most = planBounds.schedules;
    const due = await session.ask<{ jobId: string }>(lockDueSchedules, [horizonMs, most]);
    const bounds = [horizonMs, most, growth.everyMs, growth.endsSoonMs];
    const paused = await session.ask<{ jobId: string }>(lockPausedSchedules, bounds);
    const locked = [...due, ...paused];
    if (locked.length === 0) return { planned: 0, blocked: [], more: false };
    const rows = await readCursors(
      session,
      locked.map((row) => row.jobId),
    );
    const result = await planRows(session, rows, horizonMs);
    return { ...result, more: result.more || due.length === most || paused.length === most };
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
    more ||= plan.more;
    await keepPauseRange(session, row, plan);
    if (hasEnded(row, plan)) more = !(await endPause(session, { ...row, actor: 'planner' })) || more;
  }
  const inserted = await insertNewRuns(session, runs);
  await session.ask(moveCursors, [
    cursors.map((cursor) => cursor.jobId),
    cursors.map((cursor) => instant(cursor.nextTickAt)),
  ]);
  return { planned: inserted.length, blocked, more };
}

/** A pause that is over ends with the last of its ticks that is counted. */
function hasEnded({ pause, now }: ScheduleRow, { nextTickAt }: Plan): boolean {
  return (
    pause !== null && isPauseOver(pause, now) && (nextTickAt === null || nextTickAt >= (pause.until ?? 0))
  );
}

/** Each job in its own try: one that cannot be computed leaves the batch, and delays nobody. */
function tryPlan(row: ScheduleRow, horizonMs: number, maxRows: number): Plan | Error {
  if (row.nextTickAt === null || row.schedule === null) return { ...nothing, openRange: row.range };
  try {
    const schedule = resolveSchedule(row.schedule);
    return planTicks({
      schedule,
      catchUp: schedule.catchUp,
      lateAfterMs: lateAfter(row.startWithinMs),
      nextTickAt: row.nextTickAt,
      now: row.now,
      horizonAt: row.now + horizonMs,
      spreadOffsetMs: spreadOffset(row.jobId, schedule.spreadMs),
      maxRows,
      known: new Set(row.known),
      pause: row.pause === null ? null : { ...row.pause, range: row.range },
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const nothing = { runs: [], closedRange: null, nextTickAt: null, ticksLookedAt: 0, more: false } as const;

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
