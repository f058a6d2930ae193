import { statement } from '../statement.ts';
import { tellRuns } from './run-facts.ts';

/**
 * Cursors before the horizon, oldest first; those that another planner or an edit holds are passed over. The clock is
 * read once, in a query of its own: compared row by row it could not be looked up in the index.
 */
export const lockDueSchedules = statement(
  'lock-due-schedules',
  `SELECT job_id AS "jobId"
   FROM schedules
   WHERE next_tick_at <= (SELECT clock_timestamp() + $1 * interval '1 ms')
   ORDER BY next_tick_at, job_id
   LIMIT $2
   FOR NO KEY UPDATE SKIP LOCKED`,
);

/** One job's cursor, waited for (ED-1). */
export const lockSchedule = statement(
  'lock-schedule',
  'SELECT job_id AS "jobId" FROM schedules WHERE job_id = $1 FOR NO KEY UPDATE',
);

/** TX-1: asked after the lock. Scripts and prompts stay where they are (TX-4). */
export const readSchedules = statement(
  'read-schedules',
  `SELECT s.job_id AS "jobId", s.next_tick_at AS "nextTickAt", j.revision, j.pool, j.enabled,
     v.document -> 'schedule' AS schedule, clock_timestamp() AS now
   FROM schedules s
   JOIN jobs j ON j.id = s.job_id
   JOIN job_revisions v ON v.job_id = j.id AND v.revision = j.revision
   WHERE s.job_id = ANY ($1::uuid[]) AND s.next_tick_at IS NOT NULL AND j.deleted_at IS NULL
   ORDER BY s.next_tick_at, s.job_id`,
);

/** ID-1: the unique identity makes two planners of one tick one run. */
export const insertRuns = statement(
  'insert-runs',
  `WITH changed AS (
     INSERT INTO runs (id, job_id, cause, key, idempotency_key, tick_at, tick_until, tick_count, due_at, state, reason,
       pool, revision, depth, parent_id, actor, retry_of, settled_at)
     SELECT id, job_id, cause, key, idempotency_key, tick_at, tick_until, tick_count, due_at, state, reason,
       pool, revision, depth, parent_id, actor, retry_of, CASE WHEN state <> 'queued' THEN clock_timestamp() END
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
       $8::int[], $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::int[], $14::int[], $15::uuid[], $16::text[],
       $17::uuid[])
       AS new (id, job_id, cause, key, idempotency_key, tick_at, tick_until, tick_count, due_at, state, reason,
         pool, revision, depth, parent_id, actor, retry_of)
     ON CONFLICT ON CONSTRAINT runs_identity DO NOTHING
     RETURNING *
   ), told AS (${tellRuns(`'run.' || CASE WHEN c.state = 'queued' AND c.cause = 'parent' THEN 'triggered' ELSE c.state END`)})
   SELECT id FROM changed`,
);

export const moveCursors = statement(
  'move-cursors',
  `UPDATE schedules s SET next_tick_at = new.next_tick_at
   FROM unnest($1::uuid[], $2::timestamptz[]) AS new (job_id, next_tick_at)
   WHERE s.job_id = new.job_id`,
);

/** A schedule that cannot be computed leaves the planner's way until an edit heals it. */
export const blockSchedule = statement(
  'block-schedule',
  `UPDATE schedules SET blocked_at = next_tick_at, blocked_why = $2, next_tick_at = NULL
   WHERE job_id = $1 AND next_tick_at IS NOT NULL`,
);
