import { withoutParent } from '@flotilla/domain';
import type { Session, Store } from './connect.ts';
import { reviseJob } from './edit-job.ts';
import { tellJob } from './job-event.ts';
import { findJobId } from './job-view.ts';
import { type Conflict, catchUpPlanning, conflictWith, type JobEdit, lockJob } from './jobs.ts';
import { instant } from './new-run.ts';
import { findParentIds } from './parents.ts';
import { lockForDelete, markJobDeleted } from './sql/jobs.ts';
import { lockJoins } from './sql/joins.ts';
import { closePauseRange } from './sql/pause.ts';
import { lockTriggerGraph, readChildren } from './sql/trigger-graph.ts';
import { cancelWaitingRuns, withdrawPlans } from './sql/waiting-runs.ts';

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
  const late = detach ? await childrenOf(store, slug) : [];
  for (const behind of [slug, ...late.map((child) => child.slug)]) await catchUpPlanning(store, behind);
  return store.transaction(async (session) => {
    await session.ask(lockTriggerGraph);
    const children = await childrenOf(session, slug);
    // GA-1: all that will be held, in one statement, before anything else is.
    const own = await findJobId(session, slug);
    await session.ask(lockJoins, [[own, ...children.map(({ jobId }) => jobId)]]);
    const row = await lockJob(session, slug, lockForDelete);
    if (row === null) return { kind: 'not_found' };
    const conflict = conflictWith(row, edit);
    if (conflict !== null) return conflict;
    if (children.length > 0 && !detach) {
      return { kind: 'has_children', children: children.map((child) => child.slug) };
    }
    for (const child of children) {
      await detachChild(session, { child: child.slug, parent: slug }, edit.actor);
    }

    await session.ask(closePauseRange, [row.jobId]);
    await session.ask(withdrawPlans, [row.jobId, instant(row.now)]);
    await session.ask(cancelWaitingRuns, [row.jobId]);
    await session.ask(markJobDeleted, [row.jobId]);
    await tellJob(session, row.jobId, 'job.deleted', { actor: edit.actor, oldRevision: row.revision });
    return { kind: 'deleted' };
  });
}

function childrenOf(session: Session, slug: string): Promise<{ jobId: string; slug: string }[]> {
  return session.ask(readChildren, [slug]);
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
