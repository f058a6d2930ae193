import type { Evidence } from '../evidence/evidence.ts';
import type { Mark } from '../inside/note.ts';
import type { Violation } from './violation.ts';

const clockMs = 50;
/** Dates within one transaction lie a moment before its commit. */
const commitMs = 250;

/** C5: nothing starts that must not start. */
export function checkPermissions(evidence: Evidence): Violation[] {
  return [
    ...checkDueTimes(evidence),
    ...checkStartDeadlines(evidence),
    ...checkSettled(evidence),
    ...checkCancels(evidence),
    ...checkCancelRequests(evidence),
    ...checkDeletions(evidence),
    ...checkPauses(evidence),
  ];
}

function c5(subject: string, what: string): Violation {
  return { invariant: 'C5', subject, what };
}

/** CL-2. */
function checkDueTimes({ events }: Evidence): Violation[] {
  return events
    .filter(({ type, at, dueAt }) => type === 'run.started' && dueAt !== null && at < dueAt)
    .map(({ entityId, attempt, at, dueAt }) =>
      c5(entityId, `run ${entityId} attempt ${attempt} started ${(dueAt ?? 0) - at} ms before it was due`),
    );
}

/** AD-1: a first start within the time that the job gives it. */
function checkStartDeadlines({ runs, attempts }: Evidence): Violation[] {
  const deadlines = new Map(runs.map(({ id, startBy }) => [id, startBy ?? Number.POSITIVE_INFINITY]));
  return attempts
    .filter(
      ({ runId, number, startedAt }) => number === 1 && startedAt > (deadlines.get(runId) ?? 0) + commitMs,
    )
    .map(({ runId }) => c5(runId, `run ${runId} started for the first time after its start deadline`));
}

/** A run that is settled without a start, or settled at all, starts no more. */
function checkSettled({ runs, attempts }: Evidence): Violation[] {
  const settled = new Map(runs.map(({ id, settledAt }) => [id, settledAt ?? Number.POSITIVE_INFINITY]));
  return attempts
    .filter(({ runId, startedAt }) => startedAt > (settled.get(runId) ?? Number.POSITIVE_INFINITY))
    .map(({ runId, number }) =>
      c5(runId, `run ${runId} attempt ${number} started after the run was settled`),
    );
}

/** CN-1: an answer that says `cancelled` is given when nothing of the turn is left. */
function checkCancels({ history, marks }: Evidence): Violation[] {
  const ends = new Map<string, number>();
  for (const entry of history) {
    if (entry.op !== 'asked' || entry.what !== 'cancel' || entry.state !== 'cancelled') continue;
    if (entry.run !== undefined && !ends.has(entry.run)) ends.set(entry.run, entry.at);
  }
  const late = new Map<string, { mark: Mark; afterMs: number }>();
  for (const mark of marks) {
    const afterMs = mark.at - (ends.get(mark.runId) ?? Number.POSITIVE_INFINITY);
    if ('place' in mark && afterMs > clockMs) late.set(mark.runId, { mark, afterMs });
  }
  return [...late].map(([runId, { mark, afterMs }]) =>
    c5(
      runId,
      `run ${runId} attempt ${mark.attempt}: ${mark.kind} ${afterMs} ms after it was told to be cancelled`,
    ),
  );
}

/** CN-1: a run that was asked to end gets no further attempt. */
function checkCancelRequests({ runs, attempts }: Evidence): Violation[] {
  const requests = new Map(
    runs.map(({ id, cancelRequestedAt }) => [id, cancelRequestedAt ?? Number.POSITIVE_INFINITY]),
  );
  return attempts
    .filter(({ runId, startedAt }) => startedAt > (requests.get(runId) ?? Number.POSITIVE_INFINITY))
    .map(({ runId, number }) =>
      c5(runId, `run ${runId} attempt ${number} started after its cancel was requested`),
    );
}

/** AD-6. */
function checkDeletions({ jobs, runs, attempts }: Evidence): Violation[] {
  const deletions = new Map(jobs.map(({ id, deletedAt }) => [id, deletedAt ?? Number.POSITIVE_INFINITY]));
  const jobOf = new Map(runs.map(({ id, jobId }) => [id, jobId]));
  return attempts
    .filter(({ runId, startedAt }) => startedAt > (deletions.get(jobOf.get(runId) ?? '') ?? 0) + commitMs)
    .map(({ runId, number }) =>
      c5(runId, `run ${runId} attempt ${number} started after its job was deleted`),
    );
}

/** AD-5: a tick between an answered pause and the resume that was asked for next is not run. */
function checkPauses({ history, jobs, runs }: Evidence): Violation[] {
  const slugs = new Map(jobs.map(({ id, slug }) => [id, slug]));
  const pauses: { job: string; from: number; to: number }[] = [];
  const open = new Map<string, number>();
  for (const entry of history) {
    if (entry.op !== 'asked' || entry.job === undefined) continue;
    if (entry.what === 'pause' && entry.status === 200 && !open.has(entry.job)) open.set(entry.job, entry.at);
    if (entry.what !== 'resume' && entry.what !== 'delete') continue;
    const from = open.get(entry.job);
    if (from !== undefined) pauses.push({ job: entry.job, from, to: entry.askedAt });
    open.delete(entry.job);
  }
  return runs.flatMap(({ id, jobId, cause, tickAt, attempt }) => {
    if (cause !== 'schedule' || tickAt === null || attempt === 0) return [];
    const slug = slugs.get(jobId);
    const pause = pauses.find(({ job, from, to }) => job === slug && from < tickAt && tickAt < to);
    return pause === undefined
      ? []
      : [c5(id, `run ${id} of ${slug} started although its job was paused at its tick`)];
  });
}
