import {
  type ChildJob,
  type ChildRun,
  type Guarantee,
  type Reason,
  type RetryDocument,
  resolveRetry,
  type SettledState,
  type Settlement,
  settleRun,
  storableText,
  type TurnReport,
} from '@flotilla/domain';
import type { Session, Store } from './connect.ts';
import { isUnstorable } from './errors.ts';
import { insertNewRuns, instant } from './new-run.ts';
import {
  endAttempts,
  lockRunning,
  readChildJobs,
  readSettledBy,
  readSettlementFacts,
  requeueRuns,
  settleRuns as settleRunsStatement,
} from './sql/settle.ts';

/** SE-1: attempts that one settle takes at most. */
export const settleBatch = 100;

/** The end of one attempt. The token makes the settling repeatable; `chance` in [0, 1) moves a retry's delay. */
export interface AttemptEnd {
  readonly runId: string;
  readonly attempt: number;
  readonly workerId: string;
  readonly token: string;
  readonly report: TurnReport;
  readonly chance: number;
}

export type SettleResult =
  | { readonly kind: 'settled'; readonly state: SettledState; readonly reason: Reason | null }
  | { readonly kind: 'requeued'; readonly dueAt: number }
  /** Accepted by an earlier try with the same token, whose reply was lost. */
  | { readonly kind: 'accepted' }
  /** The attempt is not this worker's any more: the result is refused. */
  | { readonly kind: 'stale' };

interface FactRow {
  readonly id: string;
  readonly jobId: string;
  readonly attempt: number;
  readonly depth: number;
  readonly failures: number;
  readonly losses: number;
  readonly cancelRequested: boolean;
  readonly jobDeleted: boolean;
  readonly retry: RetryDocument;
  readonly guarantee: Guarantee;
  readonly now: number;
}

interface ChildRow extends ChildJob {
  readonly parentJobId: string;
  readonly pool: string;
}

/**
 * Settles up to `settleBatch` attempts in one transaction; one result for each, by run id. SE-2: a batch that
 * Postgres refuses for what is in it is repeated row by row, and the row that alone is refused is settled as
 * `failed/unstorable_output`. Every other error is thrown: ask again with the same tokens.
 */
export async function settleAttempts(
  store: Store,
  ends: readonly AttemptEnd[],
): Promise<ReadonlyMap<string, SettleResult>> {
  try {
    return await settleTogether(store, ends);
  } catch (error) {
    if (!isUnstorable(error)) throw error;
  }
  const results = new Map<string, SettleResult>();
  for (const end of ends) {
    for (const [runId, result] of await settleAlone(store, end)) results.set(runId, result);
  }
  return results;
}

async function settleAlone(store: Store, end: AttemptEnd): Promise<ReadonlyMap<string, SettleResult>> {
  try {
    return await settleTogether(store, [end]);
  } catch (error) {
    if (!isUnstorable(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return settleTogether(store, [{ ...end, report: unstorable(end.report, message) }]);
  }
}

function unstorable(report: TurnReport, message: string): TurnReport {
  const withoutText = { text: '', truncated: true };
  return {
    outcome: { kind: 'unstorable_output', message },
    stdout: { ...report.stdout, ...withoutText },
    stderr: { ...report.stderr, ...withoutText },
    spawnedAt: report.spawnedAt,
  };
}

function settleTogether(
  store: Store,
  ends: readonly AttemptEnd[],
): Promise<ReadonlyMap<string, SettleResult>> {
  return store.transaction(async (session) => {
    const column = <T>(value: (end: AttemptEnd) => T) => ends.map(value);
    const keys = [column((end) => end.runId), column((end) => end.attempt)];
    const locked = await session.ask<{ id: string }>(lockRunning, [...keys, column((end) => end.workerId)]);
    const mine = new Set(locked.map((row) => row.id));
    const results = new Map<string, SettleResult>();
    if (mine.size < ends.length) {
      const known = await session.ask<{ runId: string }>(readSettledBy, [
        ...keys,
        column((end) => end.token),
      ]);
      const accepted = new Set(known.map((row) => row.runId));
      for (const { runId } of ends) {
        if (!mine.has(runId)) results.set(runId, { kind: accepted.has(runId) ? 'accepted' : 'stale' });
      }
    }
    if (mine.size > 0)
      await settleLocked(
        session,
        ends.filter((end) => mine.has(end.runId)),
        results,
      );
    return results;
  });
}

async function settleLocked(
  session: Session,
  ends: readonly AttemptEnd[],
  results: Map<string, SettleResult>,
): Promise<void> {
  const rows = await session.ask<FactRow>(readSettlementFacts, [ends.map((end) => end.runId)]);
  const facts = new Map(rows.map((row) => [row.id, row]));
  const children = await session.ask<ChildRow>(readChildJobs, [[...new Set(rows.map((row) => row.jobId))]]);

  const decided: { row: FactRow; settlement: Settlement; end: AttemptEnd }[] = [];
  for (const end of ends) {
    const row = facts.get(end.runId);
    if (row === undefined) throw new Error(`run ${end.runId} is locked and has no facts`);
    const ofJob = children.filter((child) => child.parentJobId === row.jobId);
    const settlement = settleRun(
      row,
      end.report.outcome,
      { ...row, retry: resolveRetry(row.retry), children: ofJob },
      end.chance,
    );
    decided.push({ row, settlement, end });
    results.set(end.runId, settlement);
  }
  await writeSettlements(session, decided);
  await writeAttempts(session, ends);
  await insertNewRuns(
    session,
    decided.flatMap(({ settlement }) => childRuns(settlement, children)),
  );
}

async function writeSettlements(
  session: Session,
  decided: readonly { row: FactRow; settlement: Settlement; end: AttemptEnd }[],
): Promise<void> {
  const requeued = decided.flatMap(({ row, settlement, end }) =>
    settlement.kind === 'requeued' ? [{ id: row.id, ...settlement, type: requeueEvent(end) }] : [],
  );
  if (requeued.length > 0) {
    await session.ask(requeueRuns, [
      requeued.map((run) => run.id),
      requeued.map((run) => instant(run.dueAt)),
      requeued.map((run) => run.failures),
      requeued.map((run) => run.type),
    ]);
  }
  const settled = decided.flatMap(({ row, settlement }) =>
    settlement.kind === 'settled' ? [{ id: row.id, ...settlement }] : [],
  );
  if (settled.length === 0) return;
  await session.ask(settleRunsStatement, [
    settled.map((run) => run.id),
    settled.map((run) => run.state),
    settled.map((run) => run.reason),
    settled.map((run) => run.failures),
    settled.map((run) => run.losses),
  ]);
}

/** A retry follows a failure; a turn that was ended with its worker is merely queued again. */
function requeueEvent({ report }: AttemptEnd): 'run.retrying' | 'run.requeued' {
  return report.outcome.kind === 'drained' ? 'run.requeued' : 'run.retrying';
}

async function writeAttempts(session: Session, ends: readonly AttemptEnd[]): Promise<void> {
  const column = <T>(value: (end: AttemptEnd) => T) => ends.map(value);
  const message = ({ outcome }: TurnReport) => ('message' in outcome ? storableText(outcome.message) : null);
  await session.ask(endAttempts, [
    column((end) => end.runId),
    column((end) => end.attempt),
    column((end) => end.token),
    column(({ report }) => instant(report.spawnedAt)),
    column(({ report }) => report.outcome.kind),
    column(({ report }) => (report.outcome.kind === 'exited' ? report.outcome.exitCode : null)),
    column(({ report }) => (report.outcome.kind === 'signalled' ? report.outcome.signal : null)),
    column(({ report }) => message(report)),
    column(({ report }) => storableText(report.stdout.text)),
    column(({ report }) => report.stdout.bytes),
    column(({ report }) => report.stdout.truncated),
    column(({ report }) => storableText(report.stderr.text)),
    column(({ report }) => report.stderr.bytes),
    column(({ report }) => report.stderr.truncated),
  ]);
}

function childRuns(settlement: Settlement, children: readonly ChildRow[]) {
  if (settlement.kind !== 'settled') return [];
  return settlement.children.map((child: ChildRun) => ({
    ...child,
    cause: 'parent' as const,
    pool: children.find((job) => job.jobId === child.jobId)?.pool ?? 'default',
  }));
}
