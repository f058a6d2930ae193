import {
  checkTrigger,
  type FieldError,
  type JobDocument,
  maxChildren,
  maxTriggerDepth,
  parentPath,
  parentsOf,
} from '@flotilla/domain';
import type { Session } from './connect.ts';
import { nearestSlug } from './nearest-slug.ts';
import { findJobs } from './sql/jobs.ts';
import { findCrowdedParents, readDepthBelow, readTriggersAbove } from './sql/trigger-graph.ts';

/** The ids of the jobs that a job waits for, of those that are there. */
export async function findParentIds(session: Session, document: JobDocument): Promise<string[]> {
  return [...(await findParents(session, document)).values()];
}

/**
 * What is wrong with the parents of a document: none of that name, a cycle, a chain that is too long, too many children
 * of one. ED-5: the graph is locked. `jobId`: of the job, where it is there already.
 */
export async function refuseParents(
  session: Session,
  document: JobDocument,
  jobId: string | null,
): Promise<FieldError[]> {
  const { id, after } = document;
  if (after === undefined) return [];
  const known = await findParents(session, document);
  const errors: FieldError[] = [];
  for (const slug of parentsOf(after)) {
    if (!known.has(slug)) errors.push(await noSuchParent(session, parentPath(after, slug), slug));
  }
  if (errors.length > 0) return errors;
  const ids = [...known.values()];
  const triggers = await session.ask<{ slug: string; parent: string }>(readTriggersAbove, [ids]);
  const crowded = await session.ask<{ slug: string }>(findCrowdedParents, [ids, jobId, maxChildren]);
  return checkTrigger({
    slug: id,
    after,
    triggers,
    depthBelow: jobId === null ? 0 : await depthBelow(session, jobId),
    crowded: crowded.map(({ slug }) => slug),
  });
}

async function findParents(session: Session, { after }: JobDocument): Promise<ReadonlyMap<string, string>> {
  if (after === undefined) return new Map();
  const rows = await session.ask<{ slug: string; jobId: string }>(findJobs, [parentsOf(after)]);
  return new Map(rows.map(({ slug, jobId }) => [slug, jobId]));
}

async function depthBelow(session: Session, jobId: string): Promise<number> {
  const [below] = await session.ask<{ depth: number }>(readDepthBelow, [jobId, maxTriggerDepth + 1]);
  return below?.depth ?? 0;
}

async function noSuchParent(session: Session, path: string, slug: string): Promise<FieldError> {
  const meant = await nearestSlug(session, slug);
  const message = `no job "${slug}"${meant === null ? '' : `: did you mean "${meant}"?`}`;
  return { path, value: slug, message, ...(meant === null ? {} : { nearest: meant }) };
}
