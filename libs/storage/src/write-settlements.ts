import { storableText, type TurnReport } from '@flotilla/domain';
import type { AttemptEnd } from './attempt-end.ts';
import type { Session } from './connect.ts';
import type { DecidedEnd, Decision } from './decide-settlements.ts';
import { writeJoins } from './join-endings.ts';
import { insertNewRuns, instant } from './new-run.ts';
import { endAttempts, requeueRuns, settleRuns } from './sql/settle.ts';

/** Writes what was decided: the runs, their attempts, and the runs that follow. */
export async function writeSettlements(
  session: Session,
  { ends, joined, children }: Decision,
): Promise<void> {
  await requeue(session, ends);
  await settle(session, ends);
  await writeAttempts(
    session,
    ends.map(({ end }) => end),
  );
  await writeJoins(session, joined);
  await insertNewRuns(session, children);
}

async function requeue(session: Session, decided: readonly DecidedEnd[]): Promise<void> {
  const runs = decided.flatMap(({ end, settlement }) =>
    settlement.kind === 'requeued' ? [{ id: end.runId, ...settlement, type: requeueEvent(end) }] : [],
  );
  if (runs.length === 0) return;
  await session.ask(requeueRuns, [
    runs.map((run) => run.id),
    runs.map((run) => instant(run.dueAt)),
    runs.map((run) => run.failures),
    runs.map((run) => run.losses),
    runs.map((run) => run.type),
  ]);
}

/** A retry follows a failure; a turn that the platform ended or lost is merely queued again. */
function requeueEvent({ report }: AttemptEnd): 'run.retrying' | 'run.requeued' {
  return ['drained', 'fenced', 'lost'].includes(report.outcome.kind) ? 'run.requeued' : 'run.retrying';
}

async function settle(session: Session, decided: readonly DecidedEnd[]): Promise<void> {
  const runs = decided.flatMap(({ end, settlement }) =>
    settlement.kind === 'settled' ? [{ id: end.runId, ...settlement }] : [],
  );
  if (runs.length === 0) return;
  await session.ask(settleRuns, [
    runs.map((run) => run.id),
    runs.map((run) => run.state),
    runs.map((run) => run.reason),
    runs.map((run) => run.failures),
    runs.map((run) => run.losses),
  ]);
}

async function writeAttempts(session: Session, ends: readonly AttemptEnd[]): Promise<void> {
  const column = <T>(value: (end: AttemptEnd) => T) => ends.map(value);
  const message = ({ outcome }: TurnReport) =>
    'message' in outcome && outcome.message !== undefined ? storableText(outcome.message) : null;
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
    column(({ report }) => storableText(report.usage?.model ?? '') || null),
    column(({ report }) => report.usage?.inputTokens ?? null),
    column(({ report }) => report.usage?.outputTokens ?? null),
    column(({ report }) => report.usage?.cost ?? null),
  ]);
}
