import { type Cause, idempotencyKey, type Reason } from '@flotilla/domain';
import { v7 as uuidV7 } from 'uuid';
import type { Session } from './connect.ts';
import { insertRuns } from './sql/plan.ts';

/** A ledger row to be: what is left out is null, or what most runs have. Instants are epoch milliseconds. */
export interface NewRun {
  readonly jobId: string;
  readonly cause: Cause;
  readonly key: string;
  readonly dueAt: number;
  readonly state: 'queued' | 'skipped' | 'missed';
  readonly reason: Reason | null;
  readonly pool: string;
  readonly revision: number;
  readonly tickAt?: number;
  readonly tickUntil?: number | null;
  readonly tickCount?: number;
  readonly depth?: number;
  readonly parentId?: string;
  /** All parents of a run that a set of endings began. */
  readonly parentIds?: readonly string[];
  /** The run that began the chain of triggers, where this one did not. */
  readonly rootId?: string | null;
  readonly actor?: string;
  /** The settled run that this one runs again. */
  readonly retryOf?: string;
}

/** Inserts the runs that are not there yet, with their events. Returns the ids of those that were inserted. */
export async function insertNewRuns(session: Session, runs: readonly NewRun[]): Promise<string[]> {
  if (runs.length === 0) return [];
  const column = <T>(value: (run: NewRun) => T) => runs.map(value);
  const rows = await session.ask<{ id: string }>(insertRuns, [
    column(() => uuidV7()),
    column((run) => run.jobId),
    column((run) => run.cause),
    column((run) => run.key),
    column(idempotencyKey),
    column((run) => instant(run.tickAt)),
    column((run) => instant(run.tickUntil)),
    column((run) => run.tickCount ?? 1),
    column((run) => instant(run.dueAt)),
    column((run) => run.state),
    column((run) => run.reason),
    column((run) => run.pool),
    column((run) => run.revision),
    column((run) => run.depth ?? 0),
    column((run) => run.parentId ?? null),
    column((run) => run.actor ?? null),
    column((run) => run.retryOf ?? null),
    column((run) => run.rootId ?? null),
    column((run) => (run.parentIds === undefined ? null : `{${run.parentIds.join(',')}}`)),
  ]);
  return rows.map((row) => row.id);
}

/** Epoch milliseconds as a parameter of a statement. */
export function instant(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString();
}
