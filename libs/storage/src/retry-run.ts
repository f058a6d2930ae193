import { isSettled, type RunState } from '@flotilla/domain';
import { v7 as uuidV7 } from 'uuid';
import type { Session, Store } from './connect.ts';
import { readJobRow } from './job-view.ts';
import { insertNewRuns } from './new-run.ts';
import type { RunView } from './run-view.ts';
import { readRunView } from './runs.ts';
import { lockRun } from './sql/cancel.ts';
import { lockForNewRun } from './sql/jobs.ts';
import { makeDueNow } from './sql/retry.ts';

export type RetryResult =
  /** `created`: a run of its own, of the job as it is now. `due_now`: the run itself, whose next try waits no longer. */
  | { readonly kind: 'created' | 'due_now'; readonly run: RunView }
  /** It is at work, or has never started. */
  | { readonly kind: 'not_retryable'; readonly run: RunView }
  | { readonly kind: 'job_deleted' }
  | { readonly kind: 'not_found' };

interface LockedRun {
  readonly state: RunState;
  readonly attempt: number;
  readonly jobId: string;
}

/** Runs again what has ended, and at once what waits for its next try. Leaves every other run as it is. */
export async function retryRun(store: Store, runId: string, actor: string): Promise<RetryResult> {
  const done = await store.transaction(async (session) => {
    const [run] = await session.ask<LockedRun>(lockRun, [runId]);
    if (run === undefined) return { kind: 'not_found' as const };
    if (isSettled(run.state)) return startAgain(session, runId, run.jobId, actor);
    if (run.state !== 'queued' || run.attempt === 0) return { kind: 'not_retryable' as const, runId };
    await session.ask(makeDueNow, [runId]);
    return { kind: 'due_now' as const, runId };
  });
  if (!('runId' in done)) return done;
  const run = await readRunView(store, { id: done.runId });
  return run === null ? { kind: 'not_found' } : { kind: done.kind, run };
}

/** A manual run with a key of its own, so that its children fire for themselves. */
async function startAgain(session: Session, retryOf: string, jobId: string, actor: string) {
  await session.ask(lockForNewRun, [[jobId]]);
  const job = await readJobRow(session, jobId);
  if (job === null) return { kind: 'job_deleted' as const };
  const { pool, revision, now } = job;
  const [runId] = await insertNewRuns(session, [
    {
      jobId,
      cause: 'manual',
      key: uuidV7(),
      dueAt: now,
      state: 'queued',
      reason: null,
      pool,
      revision,
      actor,
      retryOf,
    },
  ]);
  if (runId === undefined) throw new Error(`the retry of run ${retryOf} was not inserted`);
  return { kind: 'created' as const, runId };
}
