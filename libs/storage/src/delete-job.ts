import { withoutParent } from '@flotilla/domain';
import type { Session, Store } from './connect.ts';
import { reviseJob } from './edit-job.ts';
import { tellJob } from './job-event.ts';
import { type Conflict, catchUpPlanning, conflictWith, type JobEdit, lockJob } from './jobs.ts';
import { instant } from './new-run.ts';
import { findParentIds } from './parents.ts';
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
 * further attempt. Children keep it alive unless they are detached: each then gets a revision that waits for its other parents alone.
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
    for (const child of children) await detachChild(session, { child, parent: slug }, edit.actor);

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

/** The child goes on with the parents that are left to it, or without any. */
async function detachChild(
  session: Session,
  { child, parent }: { child: string; parent: string },
  actor: string,
): Promise<void> {
  const row = await lockJob(session, child);
  if (row === null) return;
  const { after, ...rest } = row.document;
  const left = after === undefined ? undefined : withoutParent(after, parent);
  const document = left === undefined ? rest : { ...rest, after: left };
  await reviseJob(session, { row, document, parentIds: await findParentIds(session, document), actor });
}
