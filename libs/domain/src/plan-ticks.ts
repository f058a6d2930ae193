import { type CatchUp, missedBecause } from './catch-up.ts';
import { dueTimes } from './due-times.ts';
import { isPausedAt, type Pause } from './pause.ts';
import type { Reason } from './run-state.ts';
import type { Schedule } from './schedule.ts';
import { type Folded, Stretches } from './stretches.ts';

/** How far ahead ticks become runs: what Redis holds, and what an edit withdraws, is bounded by it. */
export const horizonMs = 60_000;

/** Ticks looked at in one step. What lies behind it is the next step's, so that no step takes long (ED-2). */
export const maxTicksLookedAt = 20_000;

/** Newer ticks that decide about an older one: no catch-up limit is larger. */
const lookAhead = 1_000;

/** A ledger row that planning creates: a tick, or a stretch of ticks that nobody will run. */
export interface PlannedRun {
  readonly tickAt: number;
  readonly tickUntil: number | null;
  readonly tickCount: number;
  readonly dueAt: number;
  readonly state: 'queued' | 'missed' | 'skipped';
  readonly reason: Reason | null;
}

/** ED-4: the ticks of a pause fold into one range row, which grows until it is closed. */
export interface PlannedPause extends Pause {
  /** The pause's range row as earlier plans have left it, up to the cursor; null where it has none yet. */
  readonly range: PlannedRun | null;
}

export interface PlanRequest {
  readonly schedule: Schedule;
  readonly catchUp: CatchUp;
  /** How late a tick may be before catch-up is asked of it. */
  readonly lateAfterMs: number;
  /** The first tick that is not planned yet. */
  readonly nextTickAt: number;
  readonly now: number;
  /** Ticks up to this instant are planned. */
  readonly horizonAt: number;
  /** The job's own share of its spread, in milliseconds. */
  readonly spreadOffsetMs: number;
  /** Rows that the plan may have: 1 or more. */
  readonly maxRows: number;
  /** ED-1: ticks from the cursor on that have their row already: an edit leaves what is settled. */
  readonly known: ReadonlySet<number>;
  readonly pause: PlannedPause | null;
}

export interface Plan extends Omit<Folded, 'covered'> {
  /** Rows to insert. */
  readonly runs: readonly PlannedRun[];
  /** The pause's range row that earlier plans began, as it ends; null where it does not end here. */
  readonly closedRange: PlannedRun | null;
  /** The pause's range row that the last tick of this plan is in, earlier plans' or its own; null where there is none. */
  readonly openRange: PlannedRun | null;
  /** The first tick that this plan does not cover; null where the schedule has no more. */
  readonly nextTickAt: number | null;
  /** Ticks that were computed for it: what the plan has cost. */
  readonly ticksLookedAt: number;
  /** The next step has something to plan at once. */
  readonly more: boolean;
}

/** What planning knows of one tick by itself: it is paused, or too late (AD-4), or it is run when due. */
function planRun(tickAt: number, newerTicks: number, request: PlanRequest): PlannedRun {
  const dueAt = tickAt + request.spreadOffsetMs;
  const tick = { tickAt, tickUntil: null, tickCount: 1, dueAt };
  if (isPausedAt(request.pause, tickAt)) return { ...tick, state: 'skipped', reason: 'paused' };
  const lateMs = request.now - dueAt;
  const reason = missedBecause(request.catchUp, { lateMs, lateAfterMs: request.lateAfterMs, newerTicks });
  return { ...tick, state: reason === null ? 'queued' : 'missed', reason };
}

/**
 * The rows for a job's ticks from its cursor to the horizon, oldest first, and the cursor behind them. A plan may end
 * early (rows, work): calling again from `nextTickAt` goes on, and any split gives the same rows but for where a range
 * row is cut. ED-4: of a pause only ticks that have come are planned.
 */
export function planTicks(request: PlanRequest): Plan {
  const { now, horizonAt, pause, known } = request;
  const { come, upcoming, rest } = lookAt(request);
  const waits = rest !== null && rest > now && isPausedAt(pause, rest);
  const cut = come.length === maxTicksLookedAt;
  const decidable = cut ? come.length - lookAhead : come.length;

  const stretches = new Stretches(request.maxRows, pause?.range ?? null);
  const take = (tickAt: number, newerTicks: number) =>
    known.has(tickAt) ? stretches.pass() : stretches.add(planRun(tickAt, newerTicks, request));
  for (const [index, tickAt] of come.slice(0, decidable).entries()) {
    if (!take(tickAt, come.length - 1 - index)) break;
  }
  if (!cut) for (const tickAt of upcoming) if (!take(tickAt, 0)) break;
  const { covered, ...folded } = stretches.end();
  const looked = [...come, ...upcoming];
  const nextTickAt = looked[covered] ?? rest;
  const more = nextTickAt !== null && nextTickAt <= horizonAt && !(waits && nextTickAt === rest);
  return { ...folded, nextTickAt, ticksLookedAt: looked.length, more };
}

/** Ticks that have come, those before the horizon, and the first one after them. */
function lookAt({ schedule, nextTickAt, now, horizonAt, maxRows, pause }: PlanRequest) {
  const come: number[] = [];
  const upcoming: number[] = [];
  for (const { tickAt } of dueTimes(schedule, nextTickAt - 1)) {
    const isFull = come.length === maxTicksLookedAt || upcoming.length === maxRows;
    const isBeyond = tickAt > horizonAt || (tickAt > now && isPausedAt(pause, tickAt));
    if (isBeyond || isFull) return { come, upcoming, rest: tickAt };
    (tickAt <= now ? come : upcoming).push(tickAt);
  }
  return { come, upcoming, rest: null };
}
