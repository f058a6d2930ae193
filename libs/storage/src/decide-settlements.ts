import {
  type CancelReason,
  type ChildJob,
  type ChildRun,
  fires,
  type Guarantee,
  type RetryDocument,
  resolveRetry,
  type Settlement,
  settleRun,
} from '@flotilla/domain';
import type { AttemptEnd } from './attempt-end.ts';
import type { ConditionRow, Holds } from './conditions.ts';
import type { Session } from './connect.ts';
import { type JoinArrivals, type JoinedEndings, joinEndings } from './join-endings.ts';
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
  readonly pool: string;
  /** All that it waits for, where it needs an end of each; else null. */
  readonly parents: readonly string[] | null;
}

/** What follows from the end of an attempt, decided and not written yet. */
export interface DecidedEnd {
  readonly end: AttemptEnd;
  readonly settlement: Settlement;
}

export interface Decision {
  readonly ends: readonly DecidedEnd[];
  readonly joined: readonly JoinedEndings[];
  /** The runs that are triggered. */
  readonly children: readonly NewRun[];
}

/** Who settles: the worker that has the run, for as long as it is in the fleet; recovery, from then on (LV-5, LV-6). */
export type Settler = 'worker' | 'recovery';

export interface Settling {
  readonly settler: Settler;
  readonly holds: Holds;
  /** The gates that are held. */
  readonly gates: readonly string[];
}

/** GA-1: an edit has made a job wait for all of its parents since gates were locked. Asked again, its join is held. */
export class JoinNotHeld extends Error {}

/**
 * Decides ends whose runs are locked, from what is read after the locks (TX-1). An end that its settler has no right to
 * is left out.
 */
export async function decideSettlements(
  session: Session,
  ends: readonly AttemptEnd[],
  { settler, holds, gates }: Settling,
): Promise<Decision> {
  const runIds = ends.map((end) => end.runId);
  const rows = await session.ask<FactRow>(readSettlementFacts, [runIds, settler === 'worker']);
  const facts = new Map(rows.map((row) => [row.id, row]));
  const children = await childJobs(session, [...new Set(rows.map((row) => row.jobId))]);
  const unheld = children.find(({ jobId, parents }) => parents !== null && !gates.includes(`join:${jobId}`));
  if (unheld !== undefined) throw new JoinNotHeld(`the join of job ${unheld.jobId} is not held`);

  const decided = ends.flatMap((end) => {
    const row = facts.get(end.runId);
    if (row === undefined) return [];
    const heirs = children.filter((child) => child.parentJobId === row.jobId && holds(child, end));
    const retry = resolveRetry(row.retry);
    const alone = heirs.filter(({ parents }) => parents === null);
    const settlement = settleRun(row, end.report.outcome, { ...row, retry, children: alone }, end.chance);
    return [{ end, settlement, row, heirs }];
  });
  const now = Math.max(0, ...rows.map((row) => row.now));
  const joined = await joinEndings(session, arrivals(decided), now);
  const triggered = decided.flatMap(({ settlement }) =>
    settlement.kind === 'settled' ? settlement.children : [],
  );
  return {
    ends: decided,
    joined,
    children: [...triggered, ...joined.flatMap(({ runs }) => runs)].map((run) => toNewRun(run, children)),
  };
}

async function childJobs(session: Session, parents: readonly string[]): Promise<ChildRow[]> {
  const locked = await session.ask<{ jobId: string }>(lockChildJobs, [parents]);
  if (locked.length === 0) return [];
  return session.ask<ChildRow>(readChildJobs, [parents, locked.map((row) => row.jobId)]);
}

interface DecidedFacts extends DecidedEnd {
  readonly row: FactRow;
  readonly heirs: readonly ChildRow[];
}

/** What has ended for jobs that need all of their parents, in the order of the runs' ids. */
function arrivals(decided: readonly DecidedFacts[]): JoinArrivals[] {
  const joins = new Map<string, JoinArrivals & { readonly endings: JoinArrivals['endings'][number][] }>();
  for (const { row, settlement, heirs } of [...decided].sort((left, right) =>
    left.row.id < right.row.id ? -1 : 1,
  )) {
    for (const child of heirs) {
      if (settlement.kind !== 'settled' || child.parents === null || !fires(child.on, settlement.state))
        continue;
      const join = joins.get(child.jobId) ?? { child, parents: child.parents, endings: [] };
      joins.set(child.jobId, join);
      const { id: runId, jobId: parentJobId, rootId, depth } = row;
      join.endings.push({ runId, parentJobId, rootId, depth });
    }
  }
  return [...joins.values()];
}

function toNewRun(run: ChildRun, jobs: readonly ChildRow[]): NewRun {
  const pool = jobs.find(({ jobId }) => jobId === run.jobId)?.pool ?? 'default';
  return { ...run, cause: 'parent', pool };
}
