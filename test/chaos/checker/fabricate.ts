import { jobSchema } from '@flotilla/domain';
import type { AttemptRow, EventRow, Evidence, RunRow } from '../evidence/evidence.ts';
import type { Asked, Written } from '../history.ts';
import type { Mark } from '../inside/note.ts';

/** For tests of the checker alone: a campaign in which nothing went wrong, to be spoilt. */
export const startAt = Date.UTC(2026, 10, 21, 12);
export const at = (seconds: number) => startAt + seconds * 1_000;

type Growing<Rows> = {
  -readonly [Key in keyof Rows]: Rows[Key] extends readonly (infer Row)[] ? Row[] : never;
};
export type Fabricated = Growing<Evidence>;

export interface FabricatedJob {
  readonly slug: string;
  readonly document?: object;
}

/**
 * Jobs that tick every ten seconds from `startAt` on, each tick run at once by worker `w1`, for a minute; then they are
 * disabled.
 */
export function fabricate(...jobs: readonly FabricatedJob[]): Fabricated {
  const evidence: Fabricated = {
    history: [],
    marks: [],
    seen: [],
    stream: [],
    jobs: [],
    revisions: [],
    runs: [],
    attempts: [],
    workers: [{ id: 'w1', pid: 100, state: 'alive', endedAt: null }],
    events: [],
    pools: [{ name: 'default', capacity: null }],
  };
  for (const { slug, document = {} } of jobs.length > 0 ? jobs : [{ slug: 'hourglass' }]) {
    const parsed = jobSchema.parse({
      id: slug,
      schedule: { every: '10s' },
      turn: { shell: 'true' },
      ...document,
    });
    evidence.jobs.push({ id: slug, slug, deletedAt: null });
    evidence.revisions.push(
      { jobId: slug, revision: 1, document: parsed, createdAt: at(1) },
      { jobId: slug, revision: 2, document: { ...parsed, enabled: false }, createdAt: at(61) },
    );
    for (let second = 10; second <= 60; second += 10) addRun(evidence, slug, second);
  }
  return evidence;
}

export const runId = (slug: string, second: number) => `${slug}@${second}`;

/** A run of a tick, succeeded with its first attempt within a second. */
export function addRun(
  evidence: Fabricated,
  slug: string,
  second: number,
  more: Partial<RunRow> = {},
): string {
  const id = runId(slug, second);
  evidence.runs.push({
    id,
    jobId: slug,
    cause: 'schedule',
    key: String(at(second)),
    tickAt: at(second),
    tickUntil: null,
    tickCount: 1,
    dueAt: at(second),
    state: 'succeeded',
    reason: null,
    pool: 'default',
    startBy: null,
    revision: 1,
    version: 3,
    attempt: 1,
    parentId: null,
    parentIds: null,
    rootId: null,
    settledAt: at(second + 1),
    cancelRequestedAt: null,
    ...more,
  });
  addAttempt(evidence, id, second);
  for (const [index, type] of ['run.queued', 'run.started', 'run.succeeded'].entries()) {
    addEvent(evidence, id, { version: index + 1, type, at: at(second) + index, dueAt: at(second) });
  }
  return id;
}

/** One attempt from `second` on, at work for half a second, with what workers and turns write down of it. */
export function addAttempt(
  evidence: Fabricated,
  id: string,
  second: number,
  more: Partial<AttemptRow> & { readonly handOut?: number } = {},
): void {
  const used = evidence.marks.map((mark) => (mark.kind === 'claimed' ? mark.handOut : 0));
  const { handOut = Math.max(0, ...used) + 1, ...fields } = more;
  const row: AttemptRow = {
    runId: id,
    number: 1,
    workerId: 'w1',
    claimToken: `claim ${handOut}`,
    startedAt: at(second) + 5,
    endedAt: at(second + 0.6),
    outcome: 'exited',
    exitCode: 0,
    ...fields,
  };
  evidence.attempts.push(row);
  const { number: attempt, outcome } = row;
  const common = { runId: id, attempt, pid: 100 };
  const mark = (kind: 'start' | 'work' | 'effect' | 'end', offsetMs: number): Mark => ({
    ...common,
    kind,
    place: 'inside',
    at: at(second) + offsetMs,
  });
  evidence.marks.push(
    { ...common, kind: 'claimed', at: at(second) + 6, offered: attempt - 1, handOut },
    mark('start', 10),
    mark('work', 200),
    ...(outcome === 'exited' ? [mark('effect', 500), mark('end', 500)] : []),
  );
  if (outcome === 'exited') {
    evidence.marks.push({ ...common, kind: 'settled', at: at(second) + 600, outcome, answer: 'settled' });
  }
}

/** An event that is in the ledger and was seen. */
export function addEvent(evidence: Fabricated, id: string, event: Partial<EventRow>): void {
  const row: EventRow = {
    entityId: id,
    version: 1,
    entity: 'run',
    type: 'run.queued',
    at: startAt,
    dueAt: null,
    attempt: 1,
    ...event,
  };
  evidence.events.push(row);
  const seen = { id: `${id}.${row.version}`, type: row.type, at: row.at };
  evidence.seen.push(seen);
  evidence.stream.push(seen);
}

/** What a client asked and was answered, at an instant. */
export function asked(second: number, entry: Partial<Asked>): Written {
  return { op: 'asked', what: 'start', status: 200, askedAt: at(second) - 50, at: at(second), ...entry };
}
