import type { BatchDecision, JobStanding } from '../admit-batch.ts';
import type { BlockedBy } from '../admit-run.ts';
import type { Cause } from '../key.ts';
import type { OtherRun } from '../overlap.ts';
import { byPlace } from '../place.ts';
import { heldRoomMs, type PoolStanding } from '../pool.ts';
import { isSettled, type RunState } from '../run-state.ts';
import type { CancelReason } from '../settle-run.ts';
import type { BlockedRun, Unblocking } from '../unblock-runs.ts';

/** What of a run is counted, and what counting changes. */
export interface CountedRow {
  readonly id: string;
  readonly job: string;
  readonly cause: Cause;
  readonly tickAt: number | null;
  pool: string;
  priority: number;
  state: RunState;
  reason: string | null;
  dueAt: number;
  attempt: number;
  startBy: number | null;
  hasWaited: boolean;
  blockedBy: BlockedBy | null;
  heldUntil: number | null;
  pacedAt: number | null;
  cancelReason: CancelReason | null;
}

/** As storage reads it: `readJobStandings`. */
export function jobStandingOf(rows: readonly CountedRow[], job: string, now: number): JobStanding {
  return {
    runs: rows.flatMap((row) => {
      const standing = row.job === job ? standingOf(row, now) : null;
      const { id, priority, dueAt } = row;
      return standing === null ? [] : [{ id, priority, dueAt, standing }];
    }),
  };
}

function standingOf(row: CountedRow, now: number): OtherRun['standing'] | null {
  if (row.state === 'running') return 'running';
  if (row.state !== 'queued' && row.state !== 'blocked') return null;
  if (row.attempt > 0) return 'again';
  if (row.state === 'blocked') return 'waiting';
  return isHeld(row, now) ? 'held' : null;
}

/** As storage reads it: `readPoolStandings`. */
export function poolStandingOf(
  rows: readonly CountedRow[],
  pool: string,
  capacity: number | null,
  now: number,
): PoolStanding {
  const inPool = rows.filter((row) => row.pool === pool);
  return {
    capacity,
    running: inPool.filter(({ state }) => state === 'running').length,
    held: new Set(inPool.filter((row) => isHeld(row, now)).map(({ id }) => id)),
    waiting: inPool.filter(({ blockedBy }) => blockedBy === 'pool').toSorted(byPlace),
  };
}

export function pacedUntilOf(rows: readonly CountedRow[], job: string): number | null {
  return rows.reduce<number | null>(
    (last, row) => (row.job === job && row.pacedAt !== null ? Math.max(last ?? 0, row.pacedAt) : last),
    null,
  );
}

export function blockedRunOf({ id, priority, dueAt, job, pool, blockedBy, attempt }: CountedRow): BlockedRun {
  return {
    id,
    priority,
    dueAt,
    jobId: job,
    pool,
    by: blockedBy ?? 'overlap',
    hasStarted: attempt > 0,
  };
}

/** As storage writes it: `writeAdmissions`. Returns those that start. */
export function writeAdmitted<Row extends CountedRow>(
  rows: ReadonlyMap<string, Row>,
  decision: BatchDecision,
): Row[] {
  const started: Row[] = [];
  for (const [id, admission] of decision.admissions) {
    const row = rows.get(id);
    if (row === undefined || admission.kind === 'stale' || admission.kind === 'notYet') continue;
    row.heldUntil = null;
    if (admission.kind === 'pace') {
      if (row.startBy !== null) row.startBy += admission.dueAt - row.dueAt;
      Object.assign(row, { dueAt: admission.dueAt, pacedAt: admission.dueAt, hasWaited: true });
      continue;
    }
    row.pacedAt = admission.pacedAt ?? row.pacedAt;
    if (admission.kind === 'settle') Object.assign(row, { state: admission.state, reason: admission.reason });
    if (admission.kind === 'block')
      Object.assign(row, { state: 'blocked', blockedBy: admission.by, hasWaited: true });
    if (admission.kind !== 'start') continue;
    row.state = 'running';
    row.attempt += 1;
    started.push(row);
  }
  for (const [id, kind] of decision.ends) endOverlapped(rows.get(id), kind);
  return started;
}

function endOverlapped(row: CountedRow | undefined, kind: 'supersede' | 'cancel'): void {
  if (row === undefined || isSettled(row.state)) throw new Error('what has ended is ended again');
  if (row.state === 'running') {
    if (kind === 'supersede') throw new Error(`${row.id} is at work, and superseded`);
    row.cancelReason ??= 'overlap_cancel';
    return;
  }
  const [state, reason] = kind === 'supersede' ? ['missed', 'superseded'] : ['cancelled', 'overlap_cancel'];
  Object.assign(row, { state, reason, blockedBy: null, heldUntil: null });
}

/** As storage writes it: what goes on holds its room for a while. */
export function writeUnblocked(
  rows: ReadonlyMap<string, CountedRow>,
  { unblocked, moved }: Unblocking,
  now: number,
): void {
  for (const id of unblocked) {
    const row = rows.get(id);
    if (row !== undefined)
      Object.assign(row, { state: 'queued', blockedBy: null, heldUntil: now + heldRoomMs });
  }
  for (const [id, by] of moved) {
    const row = rows.get(id);
    if (row !== undefined) row.blockedBy = by;
  }
}

function isHeld({ state, heldUntil }: CountedRow, now: number): boolean {
  return state === 'queued' && heldUntil !== null && heldUntil > now;
}
