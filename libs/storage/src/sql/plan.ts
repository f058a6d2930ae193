import { statement } from '../statement.ts';
import { pauseOf, rangeOf } from './pause.ts';
import { tellRuns } from './run-facts.ts';

/**
 * Cursors before the horizon, oldest first; those that another planner or an edit holds are passed over. The clock is
 * read once, in a query of its own: compared row by row it could not be looked up in the index.
 */
export const lockDueSchedules = statement(
  'lock-due-schedules',
  `SELECT job_id AS "jobId"
   FROM schedules
   WHERE next_tick_at <= (SELECT clock_timestamp() + $1 * interval '1 ms') AND paused_at IS NULL
   ORDER BY next_tick_at, job_id
   LIMIT $2
   FOR NO KEY UPDATE SKIP LOCKED`,
);

/**
 * ED-4: paused jobs that planning moves on: a tick has waited for $3 ms to be counted; the pause has no range row yet, or
 * ends within $4 ms, and a tick has come; the ticks of the pause are counted and the next one is before the horizon; the
 * pause is over. Each half has an index; as one condition they had none.
 */
export const lockPausedSchedules = statement(
  'lock-paused-schedules',
  `WITH wanted AS (
     (SELECT s.job_id FROM schedules s CROSS JOIN (SELECT clock_timestamp() AS now) AS instant
      WHERE s.paused_at IS NOT NULL AND s.next_tick_at <= (SELECT clock_timestamp() + $1 * interval '1 ms') AND (
        s.next_tick_at <= instant.now - $3 * interval '1 ms'
        OR s.next_tick_at >= s.paused_until
        OR s.next_tick_at <= instant.now
          AND (s.pause_range IS NULL OR s.paused_until <= instant.now + $4 * interval '1 ms'))
      ORDER BY s.next_tick_at, s.job_id LIMIT $2)
     UNION
     (SELECT job_id FROM schedules WHERE paused_until <= (SELECT clock_timestamp()) ORDER BY paused_until LIMIT $2)
   )
   SELECT job_id AS "jobId" FROM schedules
   WHERE job_id IN (SELECT job_id FROM wanted) AND paused_at IS NOT NULL
   ORDER BY job_id LIMIT $2
   FOR NO KEY UPDATE SKIP LOCKED`,
);

/**
 * TX-1: asked after the lock. Scripts and prompts stay where they are (TX-4). ED-1: `known` are ticks from the cursor on
 * that an edit has left their rows; none is due before its time, so that the index of the job's runs finds them.
 */
export const readSchedules = statement(
  'read-schedules',
  `SELECT s.job_id AS "jobId", s.next_tick_at AS "nextTickAt", j.revision, j.pool, j.enabled, j.start_within_ms AS "startWithinMs",
     v.document -> 'schedule' AS schedule, ${pauseOf('s')} AS pause, ${rangeOf('p')} AS range,
     ARRAY(SELECT (extract(epoch FROM r.tick_at) * 1000)::float8 FROM runs r
       WHERE r.job_id = s.job_id AND r.cause = 'schedule' AND r.tick_at >= s.next_tick_at
         AND r.due_at >= s.next_tick_at) AS known,
     clock_timestamp() AS now
   FROM schedules s
   JOIN jobs j ON j.id = s.job_id
   JOIN job_revisions v ON v.job_id = j.id AND v.revision = j.revision
   LEFT JOIN runs p ON p.id = s.pause_range
   WHERE s.job_id = ANY ($1::uuid[]) AND (s.next_tick_at IS NOT NULL OR s.paused_at IS NOT NULL)
     AND j.deleted_at IS NULL
   ORDER BY s.next_tick_at, s.job_id`,
);

/** ID-1: the unique identity makes two planners of one tick one run. */
export const insertRuns = statement(
  'insert-runs',
  `WITH changed AS (
     INSERT INTO runs (id, job_id, cause, key, idempotency_key, tick_at, tick_until, tick_count, due_at, state, reason,
       pool, revision, depth, parent_id, actor, retry_of, root_id, parent_ids, settled_at, priority, start_by)
     SELECT new.id, job_id, cause, key, idempotency_key, tick_at, tick_until, tick_count, due_at, state, reason,
       new.pool, new.revision, depth, parent_id, actor, retry_of, root_id, parent_ids::uuid[],
       CASE WHEN state <> 'queued' THEN clock_timestamp() END, j.priority, due_at + j.start_within_ms * interval '1 ms'
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
       $8::int[], $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::int[], $14::int[], $15::uuid[], $16::text[],
       $17::uuid[], $18::uuid[], $19::text[])
       AS new (id, job_id, cause, key, idempotency_key, tick_at, tick_until, tick_count, due_at, state, reason,
         pool, revision, depth, parent_id, actor, retry_of, root_id, parent_ids)
       JOIN jobs j ON j.id = new.job_id
     ON CONFLICT ON CONSTRAINT runs_identity DO NOTHING
     RETURNING *
   ), told AS (${tellRuns(`'run.' || CASE WHEN c.state = 'queued' AND c.cause = 'parent' THEN 'triggered' ELSE c.state END`, { actor: 'c.actor' })})
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
