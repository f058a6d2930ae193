import { v7 as uuidV7 } from 'uuid';
import type { Store } from './connect.ts';
import { findJobId, readJobRow } from './job-view.ts';
import { insertNewRuns } from './new-run.ts';
import type { RunView } from './run-view.ts';
import { readRunView } from './runs.ts';
import { lockForNewRun } from './sql/jobs.ts';

export type ManualRunResult =
  | { readonly kind: 'created' | 'repeated'; readonly run: RunView }
  | { readonly kind: 'not_found' };

/**
 * A run that somebody starts, due at once; works on disabled jobs. A repeated key answers with the first run (ID-1);
 * without a key each call is a run of its own.
 */
export async function startManualRun(
  store: Store,
  slug: string,
  { key, actor }: { key: string | null; actor: string },
): Promise<ManualRunResult> {
  const started = await store.transaction(async (session) => {
    const jobId = await findJobId(session, slug);
    if (jobId === null) return null;
    await session.ask(lockForNewRun, [[jobId]]);
    const job = await readJobRow(session, jobId);
    if (job === null) return null;
    const { pool, revision, now } = job;
    const identity = { jobId, cause: 'manual', key: key ?? uuidV7() } as const;
    const inserted = await insertNewRuns(session, [
      { ...identity, dueAt: now, state: 'queued', reason: null, pool, revision, actor },
    ]);
    return { identity, kind: inserted.length > 0 ? ('created' as const) : ('repeated' as const) };
  });
  if (started === null) return { kind: 'not_found' };
  const run = await readRunView(store, { jobId_cause_key: started.identity });
  return run === null ? { kind: 'not_found' } : { kind: started.kind, run };
}
