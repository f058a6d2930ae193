import { idempotencyKey, isSettled, type RunState } from '@flotilla/domain';
import { v7 as uuidV7 } from 'uuid';
import type { Session, Store } from './connect.ts';
import { readJobRow } from './job-view.ts';
import { insertNewRuns } from './new-run.ts';
import type { RunView } from './run-view.ts';
import { readRunView } from './runs.ts';
import { lockRun } from './sql/cancel.ts';
import { lockForNewRun } from './sql/jobs.ts';
import { makeDueNow, readRequest } from './sql/retry.ts';

export type RetryResult =
  /** `created`: a run of its own, of the job as it is now. `due_now`: the run itself, whose next try waits no longer. */
  | { readonly kind: 'created' | 'due_now'; readonly run: RunView }
  /** The key was used before for the same: this is what it gave then. */
  | { readonly kind: 'repeated'; readonly run: RunView }
  /** It is at work, or has never started. */
  | { readonly kind: 'not_retryable'; readonly run: RunView }
  | { readonly kind: 'job_deleted' }
  | { readonly kind: 'not_found' };

interface LockedRun {
  readonly state: RunState;
  readonly attempt: number;
  readonly jobId: string;
  readonly rootId: string | null;
}

/**
 * Runs again what has ended, and at once what waits for its next try. Leaves every other run as it is. A repeated key
 * answers with what it gave first; without one each call is a request of its own.
 */
export async function retryRun(
  store: Store,
  runId: string,
  { actor, key = null }: { actor: string; key?: string | null },
): Promise<RetryResult> {
  const done = await store.transaction(async (session) => {
    const [run] = await session.ask<LockedRun>(lockRun, [runId]);
    if (run === undefined) return { kind: 'not_found' as const };
    const asked = key === null ? [] : await session.ask<{ id: string }>(readRequest, [runId, key]);
    if (asked.length > 0) return { kind: 'repeated' as const, runId };
    const { jobId, rootId } = run;
    if (isSettled(run.state)) return startAgain(session, { retryOf: runId, jobId, rootId, actor, key });
    if (run.state !== 'queued' || run.attempt === 0) return { kind: 'not_retryable' as const, runId };
    await session.ask(makeDueNow, [runId, actor, key]);
    return { kind: 'due_now' as const, runId };
  });
  if (done.kind === 'not_found' || done.kind === 'job_deleted') return done;
  const run = await readRunView(
    store,
    'runId' in done ? { id: done.runId } : { jobId_cause_key: done.identity },
  );
  return run === null ? { kind: 'not_found' } : { kind: done.kind, run };
}

interface Again {
  readonly retryOf: string;
  readonly jobId: string;
  readonly rootId: string | null;
  readonly actor: string;
  readonly key: string | null;
}

/**
 * A manual run with a key of its own, so that its children fire for themselves; below the same root, so that it takes the
 * other's place in a join. ID-1: the client's key is one among the retries of this run; together they may be longer than a
 * key is, so their digest stands for them.
 */
async function startAgain(session: Session, { retryOf, jobId, rootId, actor, key }: Again) {
  await session.ask(lockForNewRun, [[jobId]]);
  const job = await readJobRow(session, jobId);
  if (job === null) return { kind: 'job_deleted' as const };
  const { pool, revision, now } = job;
  const retries = { jobId, cause: 'manual' } as const;
  const ownKey = key === null ? uuidV7() : idempotencyKey({ ...retries, key: `${retryOf}:${key}` });
  const identity = { ...retries, key: ownKey };
  const [runId] = await insertNewRuns(session, [
    { ...identity, dueAt: now, state: 'queued', reason: null, pool, revision, actor, retryOf, rootId },
  ]);
  return runId === undefined ? { kind: 'repeated' as const, identity } : { kind: 'created' as const, runId };
}
