import { type FieldError, type JobDocument, refusePastAt, sameDocument } from '@flotilla/domain';
import { v7 as uuidV7 } from 'uuid';
import { readClock } from './clock.ts';
import type { Session, Store } from './connect.ts';
import { createJob, movesRuns, reviseJob } from './edit-job.ts';
import { findJobId, type JobRow, type JobView, readJobRow, toJobView } from './job-view.ts';
import { moveStrays } from './move-strays.ts';
import { findParentIds, refuseParents } from './parents.ts';
import { planUpToNow } from './plan.ts';
import { refusePool } from './pools.ts';
import { lockSchedule, lockSlug } from './sql/jobs.ts';
import { lockJoins } from './sql/joins.ts';
import { lockTriggerGraph } from './sql/trigger-graph.ts';

export interface JobEdit {
  readonly document: JobDocument;
  readonly actor: string;
  /** The revision that the editor has seen; `absent`: the job must not exist. Left out: whatever is there. */
  readonly expectedRevision?: number | 'absent';
}

export type PutResult =
  | {
      readonly kind: 'created' | 'changed' | 'unchanged';
      readonly job: JobView;
      readonly oldRevision: number | null;
    }
  | Conflict
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

/** Somebody else has edited the job since: at which revision it is now, null where there is no such job. */
export interface Conflict {
  readonly kind: 'conflict';
  readonly revision: number | null;
}

export type SwitchResult =
  | { readonly kind: 'changed' | 'unchanged'; readonly job: JobView }
  | { readonly kind: 'not_found' }
  | Conflict;

/** Creates the job or makes the document its next revision; one that says the same changes nothing. */
export async function putJob(store: Store, edit: JobEdit): Promise<PutResult> {
  await catchUpPlanning(store, edit.document.id);
  let hasMoved = false;
  const result = await store.transaction<PutResult>(async (session) => {
    // Every graph edit takes the graph's lock first, so that the order of locks is one.
    if (edit.document.after !== undefined) await session.ask(lockTriggerGraph);
    await session.ask(lockSlug, [edit.document.id]);
    const row = await lockJob(session, edit.document.id);
    const conflict = conflictWith(row, edit);
    if (conflict !== null) return conflict;
    if (row !== null && sameDocument(row.document, edit.document)) {
      return { kind: 'unchanged', job: toJobView(row), oldRevision: row.revision };
    }
    if (row === null) return create(session, edit);
    hasMoved = movesRuns(row.document, edit.document);
    return change(session, row, edit);
  });
  if (result.kind === 'changed' && hasMoved) await moveStrays(store, result.job);
  return result;
}

/** Enabling goes on from now; disabling plans up to now, withdraws what is planned and has no ticks. */
export async function setJobEnabled(
  store: Store,
  slug: string,
  { enabled, ...edit }: Omit<JobEdit, 'document'> & { enabled: boolean },
): Promise<SwitchResult> {
  await catchUpPlanning(store, slug);
  return store.transaction(async (session) => {
    const row = await lockJob(session, slug);
    if (row === null) return { kind: 'not_found' };
    const conflict = conflictWith(row, edit);
    if (conflict !== null) return conflict;
    if (row.enabled === enabled) return { kind: 'unchanged', job: toJobView(row) };
    const document = { ...row.document, enabled };
    const parentIds = await findParentIds(session, document);
    return { kind: 'changed', job: await reviseJob(session, { row, document, parentIds, ...edit }) };
  });
}

/** Null where the job is as the editor expects it. */
export function conflictWith(
  row: JobRow | null,
  { expectedRevision: expected }: Pick<JobEdit, 'expectedRevision'>,
): Conflict | null {
  if (expected === undefined || expected === (row?.revision ?? 'absent')) return null;
  return { kind: 'conflict', revision: row?.revision ?? null };
}

/**
 * ED-2: before an edit, the planner's own step in transactions of its own, until nothing that has come is left; the
 * edit's transaction then has at most the last moment to plan.
 */
export async function catchUpPlanning(store: Store, slug: string): Promise<void> {
  const jobId = await findJobId(store, slug);
  if (jobId === null) return;
  while (await store.transaction((session) => planUpToNow(session, jobId)));
}

/**
 * ED-1: the job with its schedule row locked and its ticks planned up to now; null where there is no such job. GA-1: its
 * join is held first, as by those who settle its parents' runs.
 */
export async function lockJob(session: Session, slug: string, lock = lockSchedule): Promise<JobRow | null> {
  const jobId = await findJobId(session, slug);
  if (jobId === null) return null;
  await session.ask(lockJoins, [[jobId]]);
  await session.ask(lock, [jobId]);
  for (;;) {
    while (await planUpToNow(session, jobId));
    const row = await readJobRow(session, jobId);
    if (row === null || isPlanned(row)) return row;
  }
}

/** A tick or the end of a pause may have come between the planning and the reading, whose clock an edit goes by. */
function isPlanned({ cursorAt, pausedUntil, now }: JobRow): boolean {
  return (cursorAt === null || cursorAt > now) && (pausedUntil === null || pausedUntil > now);
}

async function create(session: Session, { document, actor }: JobEdit): Promise<PutResult> {
  const now = await readClock(session);
  const errors = [
    ...refusePastAt(document, now),
    ...(await refusePool(session, document.pool)),
    ...(await refuseParents(session, document, null)),
  ];
  if (errors.length > 0) return { kind: 'invalid', errors };
  const parentIds = await findParentIds(session, document);
  const job = await createJob(session, { jobId: uuidV7(), document, parentIds, actor, now });
  return { kind: 'created', job, oldRevision: null };
}

async function change(session: Session, row: JobRow, { document, actor }: JobEdit): Promise<PutResult> {
  const errors = [
    ...refusePastAt(document, row.now),
    ...(await refusePool(session, document.pool)),
    ...(await refuseParents(session, document, row.jobId)),
  ];
  if (errors.length > 0) return { kind: 'invalid', errors };
  const parentIds = await findParentIds(session, document);
  const job = await reviseJob(session, { row, document, parentIds, actor });
  return { kind: 'changed', job, oldRevision: row.revision };
}
