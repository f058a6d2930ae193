import type { Session, Store } from './connect.ts';
import { handBackRuns } from './sql/settle.ts';
import { closeWorker, insertWorker, listWorkers as listWorkersStatement, writeBeat } from './sql/workers.ts';

/** One worker process, as it introduces itself. */
export interface WorkerIntroduction {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly pools: readonly string[];
  readonly slots: number;
}

export interface Beat {
  readonly workerId: string;
  /** Rises with every beat of this worker (LV-1). */
  readonly number: number;
  readonly inHand: number;
  /** How late the queue gives this worker its runs, in milliseconds (HO-1). */
  readonly lagMs: number;
  readonly draining: boolean;
  /** CK-2: the worker's clock less the database's, in milliseconds, as earlier beats have measured it. Default 0. */
  readonly skewMs?: number;
}

export type BeatAnswer =
  | {
      readonly kind: 'alive';
      /** The database's clock when it answered, in epoch milliseconds. */
      readonly now: number;
      /** What the ledger has at work on this worker. */
      readonly runs: readonly {
        readonly runId: string;
        readonly attempt: number;
        /** Of the claim that got the run (CL-3). */
        readonly token: string;
        readonly cancelRequested: boolean;
        /** GD-4: somebody else could double it, by what its job and its pool count at present. */
        readonly isGated: boolean;
      }[];
    }
  /** LV-6: declared dead, or never there. Nothing of this worker's is its own any more. */
  | { readonly kind: 'dead' };

export interface WorkerView extends WorkerIntroduction {
  readonly state: 'alive' | 'draining' | 'left' | 'dead';
  readonly inHand: number;
  readonly beatAt: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Who judged, and why. */
  readonly endedWhy: string | null;
  /** How a dead worker was found to be so: its guard saw it (GD-5), or a judge counted its silence (LV-3). */
  readonly death: 'evidence' | 'silence' | null;
  /** CK-2: its clock less the database's, in milliseconds. */
  readonly skewMs: number;
}

/** Enters a worker into the ledger; once more, where the reply was lost, changes nothing. */
export async function registerWorker(session: Session, worker: WorkerIntroduction): Promise<void> {
  const { id, host, pid, version, pools, slots } = worker;
  await session.ask(insertWorker, [id, host, pid, version, pools, slots]);
}

/** What the ledger's column holds: a clock that is further off is off by that much. */
const longestSkewMs = 2 ** 31 - 1;

/** LV-1: tells the ledger that the worker lives, and hears what the ledger thinks of it. */
export async function sendBeat(store: Store, beat: Beat): Promise<BeatAnswer> {
  const { workerId, number, inHand, lagMs, draining, skewMs = 0 } = beat;
  const state = draining ? 'draining' : 'alive';
  const [answer] = await store.ask<Omit<Extract<BeatAnswer, { kind: 'alive' }>, 'kind'>>(writeBeat, [
    workerId,
    number,
    inHand,
    Math.round(lagMs),
    state,
    Math.round(Math.max(-longestSkewMs, Math.min(skewMs, longestSkewMs))),
  ]);
  return answer === undefined ? { kind: 'dead' } : { kind: 'alive', ...answer };
}

/** CL-3: gives back claims that the worker knows it never started. */
export async function handBack(
  session: Session,
  workerId: string,
  claims: readonly { readonly runId: string; readonly attempt: number }[],
): Promise<void> {
  await session.ask(handBackRuns, [
    claims.map((claim) => claim.runId),
    claims.map((claim) => claim.attempt),
    workerId,
  ]);
}

/** The worker's last word: it has nothing in hand and goes. */
export async function leaveFleet(session: Session, workerId: string, why: string): Promise<void> {
  await session.ask(closeWorker, [workerId, why]);
}

export async function listWorkers(session: Session): Promise<WorkerView[]> {
  return session.ask<WorkerView>(listWorkersStatement);
}
