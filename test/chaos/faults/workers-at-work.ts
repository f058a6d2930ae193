import { waitFor } from '../../support/wait-for.ts';
import type { Seat } from '../fleet/seat.ts';
import type { Stage } from '../fleet/stage.ts';
import { NothingToBreak } from './fault.ts';

/** A worker as the ledger knows it now, under the id that its process took last. */
export interface WorkerAtWork {
  readonly id: string;
  readonly pid: number;
  readonly state: string;
  readonly beat: number;
  /** Runs that the ledger has at work there. */
  readonly runs: number;
  /** When the newest of them was claimed, in epoch milliseconds; null: there is none. */
  readonly claimedAt: number | null;
}

export function workersAtWork({ store }: Stage): Promise<WorkerAtWork[]> {
  return store.ask<WorkerAtWork>({ name: '', text: newestWorkers });
}

/** The worker of a seat, as soon as it is as it should be. */
export function untilWorker(
  stage: Stage,
  seat: Seat,
  what: string,
  isSo: (worker: WorkerAtWork) => boolean,
  withinMs = 60_000,
): Promise<WorkerAtWork> {
  const { pid } = seat.process();
  const look = async () => (await workersAtWork(stage)).find((worker) => worker.pid === pid && isSo(worker));
  return waitFor(what, look, { withinMs });
}

/** The first of its kind. */
export function firstSeat(stage: Stage, service: 'worker' | 'scheduler'): Seat {
  const [seat] = stage.seatsOf(service);
  if (seat === undefined) throw new NothingToBreak(`no ${service}`);
  return seat;
}

const newestWorkers = `SELECT DISTINCT ON (w.pid) w.id, w.pid, w.state, w.beat,
    (SELECT count(*)::int FROM runs r WHERE r.state = 'running' AND r.worker_id = w.id) AS runs,
    (SELECT max(a.started_at) FROM attempts a WHERE a.ended_at IS NULL AND a.worker_id = w.id) AS "claimedAt"
  FROM workers w ORDER BY w.pid, w.started_at DESC`;
