import {
  type AbsenceFacts,
  type Event,
  explainAbsence,
  explainRun,
  type JobDocument,
  type PoolFacts,
  type RunFacts,
} from '@flotilla/domain';
import type { Store } from './connect.ts';
import { instant } from './new-run.ts';
import { getRun, type RunDetail } from './runs.ts';
import {
  findJobEver,
  findRowAt,
  findTickRow,
  readOldestRow,
  readRevisionAt,
  readRunEvents,
  readSurroundings,
  readWorkersById,
} from './sql/why.ts';
import type { WorkerView } from './workers.ts';

/** Facts of a run that are told at most: one with more has been tried very often. */
const maxEvents = 200;

/** What became of one moment of a job, and why. Instants are epoch milliseconds. */
export interface Why {
  readonly job: string;
  readonly at: number;
  /** `tick`: the moment has a row of its own, or is in a range row. `before`: the last one before it is told instead. */
  readonly found: 'tick' | 'before' | 'nothing';
  /** Sentences. */
  readonly because: readonly string[];
  /** The revision that was in force; null: the job was not there. */
  readonly revision: { readonly revision: number; readonly actor: string; readonly at: number } | null;
  readonly run: RunDetail | null;
  readonly events: readonly Event[];
  /** Those that tried the run. */
  readonly workers: readonly Pick<WorkerView, 'id' | 'host' | 'pid' | 'state'>[];
}

interface JobEver extends Pick<AbsenceFacts, 'now' | 'createdAt' | 'deletedAt' | 'cursorAt' | 'blockedWhy'> {
  readonly jobId: string;
  readonly slug: string;
}

interface RevisionAt {
  readonly revision: number;
  readonly document: JobDocument;
  readonly actor: string;
  readonly at: number;
}

interface RowAt {
  readonly id: string;
  readonly at: number;
  readonly until: number;
}

interface Surroundings extends Pick<RunFacts, 'blockedBy' | 'handedOutAt' | 'others' | 'now'> {
  readonly pool: string;
  readonly capacity: PoolFacts['capacity'];
  readonly running: number;
  readonly waiting: number;
  readonly workers: number;
}

interface EventRow {
  readonly version: number;
  readonly type: string;
  readonly at: number;
  readonly data: unknown;
}

/** Null: no job ever had this slug. */
export async function readWhy(store: Store, slug: string, at: number): Promise<Why | null> {
  const [job] = await store.ask<JobEver>(findJobEver, [slug]);
  if (job === undefined) return null;
  const [revision = null] = await store.ask<RevisionAt>(readRevisionAt, [job.jobId, instant(at)]);
  const row = await rowAt(store, job, revision?.document ?? null, at);
  const isOwn = row !== null && (row.at === at || row.until >= at);
  const absence = isOwn ? [] : [await whyAbsent(store, job, revision?.document ?? null, at)];
  const told = row === null ? null : await tell(store, row.id);
  return {
    job: job.slug,
    at,
    found: isOwn ? 'tick' : told === null ? 'nothing' : 'before',
    because: [...absence, ...(told?.because ?? [])],
    revision:
      revision === null ? null : { revision: revision.revision, actor: revision.actor, at: revision.at },
    run: told?.run ?? null,
    events: told?.events ?? [],
    workers: told?.workers ?? [],
  };
}

async function rowAt(
  store: Store,
  { jobId }: JobEver,
  document: JobDocument | null,
  at: number,
): Promise<RowAt | null> {
  const [own] = await store.ask<RowAt>(findTickRow, [jobId, String(at)]);
  if (own !== undefined) return own;
  const hasTicks = document?.schedule !== undefined;
  const [last] = await store.ask<RowAt>(findRowAt, [jobId, instant(at), hasTicks]);
  return last ?? null;
}

async function whyAbsent(
  store: Store,
  job: JobEver,
  document: JobDocument | null,
  at: number,
): Promise<string> {
  const [oldest] = await store.ask<{ at: number | null }>(readOldestRow, [job.jobId]);
  return explainAbsence({ ...job, at, document, oldestAt: oldest?.at ?? null });
}

async function tell(store: Store, runId: string) {
  const run = await getRun(store, runId);
  const [around] = await store.ask<Surroundings>(readSurroundings, [runId]);
  if (run === null || around === undefined) return null;
  const rows = await store.ask<EventRow>(readRunEvents, [runId, maxEvents]);
  const tried = [...new Set(run.attempts.map(({ workerId }) => workerId))];
  const workers = await store.ask<Why['workers'][number]>(readWorkersById, [tried]);
  const host = workers.find(({ id }) => id === run.workerId)?.host ?? null;
  const { pool: name, capacity, running, waiting, workers: serving, others, ...rest } = around;
  const because = explainRun({
    ...run,
    ...rest,
    host,
    others: others.map((id) => id.slice(-8)),
    firstDueAt: firstDueAt(rows),
    waitedFor: waitedFor(rows),
    firstHandedOutAt: run.attempts[0]?.handedOutAt ?? null,
    pool: { name, capacity, running, waiting, workers: serving },
  });
  return { run, because, workers, events: rows.map((row) => toEvent(runId, row)) };
}

/** As its first start says: a retry moves what the row says. */
function firstDueAt(rows: readonly EventRow[]): number | null {
  const started = rows.find(({ type }) => type === 'run.started');
  const { dueAt } = (started?.data ?? {}) as { dueAt?: string };
  return dueAt === undefined ? null : Date.parse(dueAt);
}

/** Before its first start. */
function waitedFor(rows: readonly EventRow[]): RunFacts['waitedFor'] {
  const start = rows.findIndex(({ type }) => type === 'run.started');
  const blocked = rows.slice(0, Math.max(0, start)).findLast(({ type }) => type === 'run.blocked');
  return ((blocked?.data ?? {}) as { blockedBy?: RunFacts['waitedFor'] }).blockedBy ?? null;
}

function toEvent(runId: string, { version, type, at, data }: EventRow): Event {
  return { id: `${runId}.${version}`, type, entity: 'run', at: new Date(at).toISOString(), data } as Event;
}
