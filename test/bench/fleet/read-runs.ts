import { ask } from './ask.ts';
import type { Fleet } from './fleet.ts';

/** What the ledger says of a run whose turn was carried out. Instants are epoch milliseconds by the database's clock. */
export interface RanRun {
  readonly id: string;
  readonly job: string;
  readonly state: string;
  readonly attempts: number;
  readonly dueAt: number;
  /** The claim. */
  readonly startedAt: number;
  /** When its process, or its turn inside the worker, was there; by the worker's clock. */
  readonly spawnedAt: number;
  readonly settledAt: number;
}

const select = `SELECT r.id, j.slug AS job, r.state, r.attempt AS attempts, r.due_at AS "dueAt",
    a.started_at AS "startedAt", a.spawned_at AS "spawnedAt", r.settled_at AS "settledAt"
  FROM runs r JOIN jobs j ON j.id = r.job_id JOIN attempts a ON a.run_id = r.id AND a.number = r.attempt
  WHERE j.slug = ANY ($1) ORDER BY r.due_at, j.slug`;

/** The settled runs of the named jobs. */
export async function readRuns(fleet: Fleet, jobs: readonly string[]): Promise<RanRun[]> {
  const runs = await ask<RanRun>(fleet, select, jobs);
  return runs.filter(({ settledAt }) => settledAt !== null);
}

/** From due to claimed. */
export function lateness(runs: readonly RanRun[]): number[] {
  return runs.map(({ dueAt, startedAt }) => startedAt - dueAt);
}
