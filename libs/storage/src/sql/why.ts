import { statement } from '../statement.ts';

/** Rows of a job that are searched at most, latest first. */
const searched = 10_000;

/** The job that has this slug, else the last that had it. */
export const findJobEver = statement(
  'find-job-ever',
  `SELECT j.id AS "jobId", j.slug, j.created_at AS "createdAt", j.deleted_at AS "deletedAt",
     s.next_tick_at AS "cursorAt", s.blocked_why AS "blockedWhy", clock_timestamp() AS now
   FROM jobs j JOIN schedules s ON s.job_id = j.id
   WHERE j.slug = $1 ORDER BY j.deleted_at DESC NULLS FIRST LIMIT 1`,
);

/** The document that was in force at a moment. */
export const readRevisionAt = statement(
  'read-revision-at',
  `SELECT revision, document, actor, created_at AS at FROM job_revisions
   WHERE job_id = $1 AND created_at <= $2 ORDER BY revision DESC LIMIT 1`,
);

/**
 * The last row of a job at or before a moment: of its ticks where it has a schedule, else of any cause. A tick may be due
 * later than it is named ($3: the schedule's spread), or be tried again later still.
 */
export const findRowAt = statement(
  'find-row-at',
  `SELECT id, at, until FROM (
     SELECT id, COALESCE(tick_at, due_at) AS at, COALESCE(tick_until, tick_at, due_at) AS until, cause
     FROM runs WHERE job_id = $1 ORDER BY due_at DESC, id DESC LIMIT ${searched}) AS newest
   WHERE at <= $2 AND ($3 = false OR cause = 'schedule') ORDER BY at DESC LIMIT 1`,
);

/** A tick's own row, wherever it lies (ID-1). */
export const findTickRow = statement(
  'find-tick-row',
  `SELECT id, tick_at AS at, COALESCE(tick_until, tick_at) AS until FROM runs
   WHERE job_id = $1 AND cause = 'schedule' AND key = $2`,
);

export const readOldestRow = statement(
  'read-oldest-row',
  'SELECT min(due_at) AS at FROM runs WHERE job_id = $1',
);

/** What was around a run at its end, or is now: others of its job, its pool, its hand-out. */
export const readSurroundings = statement(
  'read-surroundings',
  `SELECT r.blocked_by AS "blockedBy", r.handed_out_at AS "handedOutAt", r.pool,
     ARRAY(SELECT o.id::text FROM (
         SELECT id, started_at, settled_at FROM runs WHERE job_id = r.job_id AND due_at <= moment.at
         ORDER BY due_at DESC, id DESC LIMIT ${searched}) AS o
       WHERE o.id <> r.id AND o.started_at <= moment.at AND (o.settled_at IS NULL OR o.settled_at >= moment.at)
       ORDER BY o.started_at LIMIT 5) AS others,
     (SELECT capacity FROM pools WHERE name = r.pool) AS capacity,
     (SELECT count(*) FROM runs o WHERE o.pool = r.pool AND o.state = 'running') AS running,
     (SELECT count(*) FROM runs o WHERE o.pool = r.pool AND o.state = 'blocked' AND o.blocked_by = 'pool') AS waiting,
     (SELECT count(*) FROM workers w WHERE w.state = 'alive' AND w.pools @> ARRAY[r.pool]) AS workers,
     clock_timestamp() AS now
   FROM runs r CROSS JOIN LATERAL (SELECT COALESCE(r.settled_at, clock_timestamp()) AS at) AS moment
   WHERE r.id = $1`,
);

/** What the ledger tells of a run, oldest first; the retention of events may have taken some. */
export const readRunEvents = statement(
  'read-run-events',
  `SELECT version, type, at, data FROM events WHERE entity_id = $1 ORDER BY version LIMIT $2`,
);

export const readWorkersById = statement(
  'read-workers-by-id',
  'SELECT id, host, pid, state FROM workers WHERE id = ANY ($1::uuid[])',
);
