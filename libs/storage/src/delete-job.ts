import type { Session, Store } from './connect.ts';
import { reviseJob } from './edit-job.ts';
import { tellJob } from './job-event.ts';
import { type Conflict, catchUpPlanning, conflictWith, type JobEdit, lockJob } from './jobs.ts';
import { instant } from './new-run.ts';
import {
  cancelWaitingRuns,
  lockForDelete,
  lockTriggerGraph,
  markJobDeleted,
  readChildren,
  withdrawPlans,
} from './sql/jobs.ts';
import { closePauseRange } from './sql/pause.ts';

export type DeleteResult =
  | { readonly kind: 'deleted' }
  | { readonly kind: 'not_found' }
  | Conflict
  | { readonly kind: 'has_children'; readonly children: readonly string[] };

/**
 * Deletes a job: its history stays, its slug is free again. What waits is cancelled, what runs goes on and gets no
 * further attempt. Children keep it alive unless they are detached: each then gets a revision without `after`.
 */
export async function deleteJob(
  store: Store,
  slug: string,
  { detach, ...edit }: Omit<JobEdit, 'document'> & { detach: boolean },
): Promise<DeleteResult> {
  for (const behind of [slug, ...(detach ? await childrenOf(store, slug) : [])])
    await catchUpPlanning(store, behind);
  return store.transaction(async (session) => {
    await session.ask(lockTriggerGraph);
    const row = await lockJob(session, slug, lockForDelete);
    if (row === null) return { kind: 'not_found' };
    const conflict = conflictWith(row, edit);
    if (conflict !== null) return conflict;
    const children = await childrenOf(session, slug);
    if (children.length > 0 && !detach) return { kind: 'has_children', children };
    for (const child of children) await detachChild(session, child, edit.actor);

    await session.ask(closePauseRange, [row.jobId]);
    await session.ask(withdrawPlans, [row.jobId, instant(row.now)]);
    await session.ask(cancelWaitingRuns, [row.jobId]);
    await session.ask(markJobDeleted, [row.jobId]);
    await tellJob(session, row.jobId, 'job.deleted', { actor: edit.actor, oldRevision: row.revision });
    return { kind: 'deleted' };
  });
}

async function childrenOf(session: Session, slug: string): Promise<string[]> {
  const rows = await session.ask<{ slug: string }>(readChildren, [slug]);
  return rows.map((child) => child.slug);
}

async function detachChild(session: Session, slug: string, actor: string): Promise<void> {
  const row = await lockJob(session, slug);
  if (row === null) return;
  const { after: _, ...document } = row.document;
  await reviseJob(session, { row, document, parentId: null, actor });
}
