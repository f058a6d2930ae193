import type { Store } from './connect.ts';
import { type JobView, readJobRow } from './job-view.ts';
import { lockForDelete, lockSchedule } from './sql/jobs.ts';
import { moveWaitingRuns } from './sql/waiting-runs.ts';

/**
 * AD-3: after an edit, moves what was inserted beside it by somebody who knew the job as it was before. The edit itself
 * cannot wait for them: it holds runs, and they may belong to a settle that waits for what it holds.
 */
export async function moveStrays(store: Store, { jobId }: Pick<JobView, 'jobId'>): Promise<void> {
  await store.transaction((session) => session.ask(lockForDelete, [jobId])); // they hold it until they have inserted
  await store.transaction(async (session) => {
    await session.ask(lockSchedule, [jobId]);
    const job = await readJobRow(session, jobId);
    if (job !== null) await session.ask(moveWaitingRuns, [jobId, job.pool, job.document.priority]);
  });
}
