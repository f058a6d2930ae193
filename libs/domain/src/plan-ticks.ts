import { type CatchUp, missedBecause } from './catch-up.ts';
import { dueTimes } from './due-times.ts';
import type { Reason } from './run-state.ts';
import type { Schedule } from './schedule.ts';

/** Ticks that are not run become a row each, up to this many in a row; a longer stretch becomes one range row. */
export const maxRowsInAStretch = 100;

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
  readonly state: 'queued' | 'missed';
  readonly reason: Reason | null;
}

export interface PlanRequest {
  readonly schedule: Schedule;
  readonly catchUp: CatchUp;
  /** The first tick that is not planned yet. */
  readonly nextTickAt: number;
  readonly now: number;
  /** Ticks up to this instant are planned. */
  readonly horizonAt: number;
  /** The job's own share of its spread, in milliseconds. */
  readonly spreadOffsetMs: number;
  /** Rows that the plan may have: 1 or more. */
  readonly maxRows: number;
}

export interface Plan {
  readonly runs: readonly PlannedRun[];
  /** The first tick that this plan does not cover; null where the schedule has no more. */
  readonly nextTickAt: number | null;
  /** Ticks that were computed for it: what the plan has cost. */
  readonly ticksLookedAt: number;
}

/** What planning knows of one tick by itself: it is run when due, or it is too late for it (AD-4). */
export function planRun(tickAt: number, newerTicks: number, request: PlanRequest): PlannedRun {
  const dueAt = tickAt + request.spreadOffsetMs;
  const reason = missedBecause(request.catchUp, request.now - dueAt, newerTicks);
  const state = reason === null ? 'queued' : 'missed';
  return { tickAt, tickUntil: null, tickCount: 1, dueAt, state, reason };
}

/**
 * The rows for a job's ticks from its cursor to the horizon, oldest first, and the cursor behind them. A plan may end
 * early (rows, work): calling again from `nextTickAt` goes on, and any split gives the same rows but for where a range
 * row is cut.
 */
export function planTicks(request: PlanRequest): Plan {
  const { come, upcoming, rest } = lookAt(request);
  const cut = come.length === maxTicksLookedAt;
  const decidable = cut ? come.length - lookAhead : come.length;

  const stretches = new Stretches(request.maxRows);
  for (const [index, tickAt] of come.slice(0, decidable).entries()) {
    if (!stretches.add(planRun(tickAt, come.length - 1 - index, request))) break;
  }
  if (!cut) {
    for (const tickAt of upcoming) if (!stretches.add(planRun(tickAt, 0, request))) break;
  }
  const { runs, covered } = stretches.end();
  const looked = [...come, ...upcoming];
  return { runs, nextTickAt: looked[covered] ?? rest, ticksLookedAt: looked.length };
}

/** Ticks that have come, those before the horizon, and the first one after them. */
function lookAt({ schedule, nextTickAt, now, horizonAt, maxRows }: PlanRequest) {
  const come: number[] = [];
  const upcoming: number[] = [];
  for (const { tickAt } of dueTimes(schedule, nextTickAt - 1)) {
    const isFull = come.length === maxTicksLookedAt || upcoming.length === maxRows;
    if (tickAt > horizonAt || isFull) return { come, upcoming, rest: tickAt };
    (tickAt <= now ? come : upcoming).push(tickAt);
  }
  return { come, upcoming, rest: null };
}

/** Collects rows and folds long stretches of missed ticks into one. */
class Stretches {
  readonly #maxRows: number;
  readonly #runs: PlannedRun[] = [];
  #stretch: PlannedRun[] = [];
  #covered = 0;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
  }

  /** False where the plan is full; `run` is then not in it. */
  add(run: PlannedRun): boolean {
    if (this.#stretch.length > 0 && this.#stretch[0]?.reason !== run.reason) this.#close();
    if (run.reason !== null) {
      this.#stretch.push(run);
      return true;
    }
    if (this.#runs.length >= this.#maxRows) return false;
    this.#runs.push(run);
    this.#covered += 1;
    return true;
  }

  end(): { runs: readonly PlannedRun[]; covered: number } {
    this.#close();
    return { runs: this.#runs, covered: this.#covered };
  }

  #close(): void {
    const stretch = this.#stretch;
    this.#stretch = [];
    const [first] = stretch;
    const last = stretch.at(-1);
    const room = this.#maxRows - this.#runs.length;
    if (first === undefined || last === undefined || room <= 0) return;
    if (stretch.length > maxRowsInAStretch) {
      this.#runs.push({ ...first, tickUntil: last.tickAt, tickCount: stretch.length });
      this.#covered += stretch.length;
    } else {
      this.#runs.push(...stretch.slice(0, room));
      this.#covered += Math.min(room, stretch.length);
    }
  }
}
