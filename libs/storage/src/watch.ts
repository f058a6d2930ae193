import { type AlarmCondition, maxOpenPerKind, toldSkewMs } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { eventLanes } from './sql/run-facts.ts';
import {
  readBlockedJobs,
  readDeadWorkers,
  readGivenUpRuns,
  readOldestUnpublished,
  readSkewedWorkers,
  readWaitingPools,
} from './sql/watch.ts';

/** From where on what the ledger shows is the matter. In milliseconds. */
export const watchBounds = {
  /** A worker that died within this. */
  deadMs: 15 * 60_000,
  /** A run that reached its replay cap within this. */
  givenUpMs: 60 * 60_000,
  /** A run that has been due for so long, and no worker takes from its pool. */
  unmannedMs: 15_000,
  /** A run that has been due for so long although there are workers. */
  behindMs: 60_000,
  /** An event that is not published after this. */
  unpublishedMs: 60_000,
} as const;

/** All that the ledger shows to be the matter. */
export async function readConditions(session: Session): Promise<AlarmCondition[]> {
  const found = [
    await deadWorkers(session),
    await waitingPools(session),
    await blockedJobs(session),
    await givenUpRuns(session),
    await skewedWorkers(session),
    await unpublished(session),
  ];
  return found.flat();
}

interface WorkerRow {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

async function deadWorkers(session: Session): Promise<AlarmCondition[]> {
  const rows = await session.ask<WorkerRow & { endedWhy: string | null }>(readDeadWorkers, [
    watchBounds.deadMs,
    maxOpenPerKind,
  ]);
  return rows.map((row) => ({
    kind: 'worker_dead',
    subject: row.id,
    message: `the worker ${placeOf(row)} was declared dead: ${row.endedWhy ?? 'nobody said why'}`,
  }));
}

async function waitingPools(session: Session): Promise<AlarmCondition[]> {
  const rows = await session.ask<{ pool: string; waitedMs: number; hasWorker: boolean }>(readWaitingPools, [
    Math.min(watchBounds.unmannedMs, watchBounds.behindMs),
    maxOpenPerKind,
  ]);
  return rows
    .filter(({ hasWorker, waitedMs }) => waitedMs >= watchBounds[hasWorker ? 'behindMs' : 'unmannedMs'])
    .map(({ pool, waitedMs, hasWorker }) => ({
      kind: hasWorker ? 'queue_behind' : 'no_worker',
      subject: pool,
      message: hasWorker
        ? `a run of the pool ${pool} has waited ${seconds(waitedMs)} for a slot`
        : `a run of the pool ${pool} has waited ${seconds(waitedMs)}, and no worker takes from it`,
    }));
}

async function blockedJobs(session: Session): Promise<AlarmCondition[]> {
  const rows = await session.ask<{ slug: string; blockedWhy: string }>(readBlockedJobs, [maxOpenPerKind]);
  return rows.map(({ slug, blockedWhy }) => ({
    kind: 'job_blocked',
    subject: slug,
    message: `the schedule of ${slug} cannot be computed: ${blockedWhy}`,
  }));
}

async function givenUpRuns(session: Session): Promise<AlarmCondition[]> {
  const rows = await session.ask<{ slug: string; runId: string; losses: number }>(readGivenUpRuns, [
    watchBounds.givenUpMs,
    maxOpenPerKind,
  ]);
  return rows.map(({ slug, runId, losses }) => ({
    kind: 'replay_cap',
    subject: slug,
    message: `the run ${runId} of ${slug} was lost ${losses} times with its worker, and is not run again`,
  }));
}

async function skewedWorkers(session: Session): Promise<AlarmCondition[]> {
  const rows = await session.ask<WorkerRow & { skewMs: number }>(readSkewedWorkers, [
    toldSkewMs,
    maxOpenPerKind,
  ]);
  return rows.map((row) => ({
    kind: 'clock_skew',
    subject: row.id,
    message: `the clock of the worker ${placeOf(row)} is ${Math.abs(row.skewMs)} ms ${row.skewMs < 0 ? 'behind' : 'ahead of'} Postgres' clock`,
  }));
}

async function unpublished(session: Session): Promise<AlarmCondition[]> {
  const [row] = await session.ask<{ waitedMs: number | null }>(readOldestUnpublished, [eventLanes]);
  const waitedMs = row?.waitedMs ?? 0;
  if (waitedMs < watchBounds.unpublishedMs) return [];
  const message = `an event has waited ${seconds(waitedMs)} to be published`;
  return [{ kind: 'stream_behind', subject: 'stream', message }];
}

function placeOf({ id, host, pid }: WorkerRow): string {
  return `${id.slice(-8)} on ${host} (process ${pid})`;
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1_000)} s`;
}
