import {
  type CancelReason,
  type ChildJob,
  type Guarantee,
  type RetryDocument,
  resolveRetry,
  type Settlement,
  settleRun,
} from '@flotilla/domain';
import type { AttemptEnd } from './attempt-end.ts';
import type { ConditionRow, Holds } from './conditions.ts';
import type { Session } from './connect.ts';
import type { NewRun } from './new-run.ts';
import { lockChildJobs, readChildJobs, readSettlementFacts } from './sql/settle.ts';

interface FactRow {
  readonly id: string;
  readonly jobId: string;
  readonly attempt: number;
  readonly depth: number;
  /** The run that began its chain of triggers; itself, where it did. */
  readonly rootId: string;
  readonly failures: number;
  readonly losses: number;
  readonly cancelReason: CancelReason | null;
  readonly jobDeleted: boolean;
  readonly retry: RetryDocument;
  readonly guarantee: Guarantee;
  readonly now: number;
}

interface ChildRow extends ChildJob, ConditionRow {
  readonly parentJobId: string;
  readonly needsAll: boolean;
  readonly pool: string;
}

/** What follows from the end of an attempt, decided and not written yet. */
export interface DecidedEnd {
  readonly end: AttemptEnd;
  readonly settlement: Settlement;
  /** The runs that it triggers. */
  readonly children: readonly NewRun[];
}

/** Who settles: the worker that has the run, for as long as it is in the fleet; recovery, from then on (LV-5, LV-6). */
export type Settler = 'worker' | 'recovery';

export interface Settling {
  readonly settler: Settler;
  readonly holds: Holds;
}

/**
 * Decides ends whose runs are locked, from what is read after the locks (TX-1). An end that its settler has no right to
 * is left out.
 */
export async function decideSettlements(
  session: Session,
  ends: readonly AttemptEnd[],
  { settler, holds }: Settling,
): Promise<DecidedEnd[]> {
  const runIds = ends.map((end) => end.runId);
  const rows = await session.ask<FactRow>(readSettlementFacts, [runIds, settler === 'worker']);
  const facts = new Map(rows.map((row) => [row.id, row]));
  const children = await childJobs(session, [...new Set(rows.map((row) => row.jobId))]);
  return ends.flatMap((end) => {
    const row = facts.get(end.runId);
    if (row === undefined) return [];
    const ofJob = children.filter((child) => child.parentJobId === row.jobId && holds(child, end));
    const retry = resolveRetry(row.retry);
    const settlement = settleRun(row, end.report.outcome, { ...row, retry, children: ofJob }, end.chance);
    return [{ end, settlement, children: childRuns(settlement, ofJob, row.rootId) }];
  });
}

async function childJobs(session: Session, parents: readonly string[]): Promise<ChildRow[]> {
  const locked = await session.ask<{ jobId: string }>(lockChildJobs, [parents]);
  if (locked.length === 0) return [];
  return session.ask<ChildRow>(readChildJobs, [parents, locked.map((row) => row.jobId)]);
}

function childRuns(settlement: Settlement, jobs: readonly ChildRow[], rootId: string): NewRun[] {
  if (settlement.kind !== 'settled') return [];
  const pools = new Map(jobs.map((job) => [job.jobId, job.pool]));
  return settlement.children.map((child) => ({
    ...child,
    cause: 'parent',
    rootId,
    pool: pools.get(child.jobId) ?? 'default',
  }));
}
