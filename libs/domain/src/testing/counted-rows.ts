import type { BatchDecision, JobStanding } from '../admit-batch.ts';
import type { Admission, BlockedBy } from '../admit-run.ts';
import type { Cause } from '../key.ts';
import type { OtherRun, OverlapEnd } from '../overlap.ts';
import { byPlace } from '../place.ts';
import { heldRoomMs, type PoolStanding } from '../pool.ts';
import { isSettled, mayBecome, type Reason, type RunState, reasons } from '../run-state.ts';
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
  reason: Reason | null;
  dueAt: number;
  attempt: number;
  startBy: number | null;
  hasWaited: boolean;
  blockedBy: BlockedBy | null;
  heldUntil: number | null;
  pacedAt: number | null;
  cancelReason: CancelReason | null;
}

/** A transition of the machine; throws where it has none such, or none for this reason. */
export function become(row: CountedRow, state: RunState, reason: Reason | null = null): void {
  if (!mayBecome(row.state, state)) throw new Error(`${row.id} went from ${row.state} to ${state}`);
  const known: readonly (Reason | null)[] =
    isSettled(state) && state !== 'succeeded' ? reasons[state] : [null];
  if (!known.includes(reason)) throw new Error(`${row.id} is ${state} for ${reason}`);
  Object.assign(row, { state, reason, blockedBy: null, heldUntil: null });
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
    const row = rowOf(rows, id);
    writeAdmission(row, admission);
    if (admission.kind === 'start') started.push(row);
  }
  for (const [id, kind] of decision.ends) endOverlapped(rowOf(rows, id), kind);
  return started;
}

function writeAdmission(row: CountedRow, admission: Admission): void {
  if (admission.kind === 'stale' || admission.kind === 'notYet') return;
  if (admission.kind === 'pace') {
    const startBy = row.startBy === null ? null : row.startBy + admission.dueAt - row.dueAt;
    Object.assign(row, {
      dueAt: admission.dueAt,
      pacedAt: admission.dueAt,
      startBy,
      hasWaited: true,
      heldUntil: null,
    });
    return;
  }
  row.pacedAt = admission.pacedAt ?? row.pacedAt;
  if (admission.kind === 'settle') become(row, admission.state, admission.reason);
  if (admission.kind === 'block') {
    become(row, 'blocked');
    Object.assign(row, { blockedBy: admission.by, hasWaited: true });
  }
  if (admission.kind === 'start') {
    become(row, 'running');
    row.attempt += 1;
  }
}

function endOverlapped(row: CountedRow, kind: OverlapEnd['kind']): void {
  if (row.state !== 'running') {
    if (kind === 'supersede') become(row, 'missed', 'superseded');
    else become(row, 'cancelled', 'overlap_cancel');
    return;
  }
  if (kind === 'supersede') throw new Error(`${row.id} is at work, and superseded`);
  row.cancelReason ??= 'overlap_cancel';
}

/** As storage writes it: what goes on holds its room for a while. */
export function writeUnblocked(
  rows: ReadonlyMap<string, CountedRow>,
  { unblocked, moved }: Unblocking,
  now: number,
): void {
  for (const id of unblocked) {
    const row = rowOf(rows, id);
    become(row, 'queued');
    row.heldUntil = now + heldRoomMs;
  }
  for (const [id, by] of moved) rowOf(rows, id).blockedBy = by;
}

function rowOf<Row extends CountedRow>(rows: ReadonlyMap<string, Row>, id: string): Row {
  const row = rows.get(id);
  if (row === undefined) throw new Error(`${id} is not in the ledger`);
  return row;
}

function isHeld({ state, heldUntil }: CountedRow, now: number): boolean {
  return state === 'queued' && heldUntil !== null && heldUntil > now;
}
