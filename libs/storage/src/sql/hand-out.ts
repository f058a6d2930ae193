import { statement } from '../statement.ts';
import { isNotOut } from './by-id.ts';

// The clock is read in queries of their own: compared row by row it could not be looked up in an index.

/** HO-4: due runs that are out and not claimed, counted up to the limit; and the same of those not due yet. */
export const countHandedOut = statement(
  'count-handed-out',
  `SELECT
     (SELECT count(*) FROM (SELECT 1 FROM runs WHERE pool = $1 AND state = 'queued' AND handed_out_at IS NOT NULL
        AND due_at <= (SELECT clock_timestamp()) LIMIT $2) AS due) AS due,
     (SELECT count(*) FROM (SELECT 1 FROM runs WHERE pool = $1 AND state = 'queued' AND handed_out_at IS NOT NULL
        AND due_at > (SELECT clock_timestamp()) LIMIT $2) AS future) AS future`,
);

const isToHandOut = "r.state = 'queued' AND r.handed_out_at IS NULL";

/**
 * HO-1, ID-2: what is to be handed out, each with a number that is used once. Due runs and future ones have limits of
 * their own (HO-4): due ones go by priority and then by age, future ones as they come. From one priority to the next, so
 * that of each only what is wanted is read.
 */
export const readHandOut = statement(
  'read-hand-out',
  `WITH RECURSIVE instant AS (SELECT clock_timestamp() AS now),
   levels (priority) AS (
     (SELECT r.priority FROM runs r WHERE ${isToHandOut} AND r.pool = $1 ORDER BY r.priority DESC LIMIT 1)
     UNION ALL
     SELECT (SELECT r.priority FROM runs r WHERE ${isToHandOut} AND r.pool = $1 AND r.priority < l.priority
       ORDER BY r.priority DESC LIMIT 1)
     FROM levels l WHERE l.priority IS NOT NULL
   ), due AS (
     SELECT d.* FROM levels l CROSS JOIN LATERAL (
       SELECT r.id, r.attempt, r.version, r.idempotency_key, r.due_at, r.priority FROM runs r
       WHERE ${isToHandOut} AND r.pool = $1 AND r.priority = l.priority AND r.due_at <= (SELECT now FROM instant)
       ORDER BY r.due_at, r.id LIMIT $2) AS d
     ORDER BY d.priority DESC, d.due_at, d.id LIMIT $2
   ), future AS (
     SELECT f.* FROM levels l CROSS JOIN LATERAL (
       SELECT r.id, r.attempt, r.version, r.idempotency_key, r.due_at, r.priority FROM runs r
       WHERE ${isToHandOut} AND r.pool = $1 AND r.priority = l.priority AND r.due_at > (SELECT now FROM instant)
         AND r.due_at <= (SELECT now + $4 * interval '1 ms' FROM instant)
       ORDER BY r.due_at, r.id LIMIT $3) AS f
     ORDER BY f.due_at, f.id LIMIT $3
   ), chosen AS (
     SELECT 0 AS part, row_number() OVER (ORDER BY priority DESC, due_at, id) AS place, * FROM due
     UNION ALL
     SELECT 1, row_number() OVER (ORDER BY due_at, id), * FROM future
   )
   SELECT c.id AS "runId", c.attempt, c.version, c.idempotency_key AS "idempotencyKey", c.due_at AS "dueAt",
     CASE WHEN EXISTS (SELECT 1 FROM jobs j WHERE j.pool = $1 AND j.priority <> 0 AND j.deleted_at IS NULL)
       THEN c.priority END AS priority,
     nextval('hand_outs') AS number, instant.now, (SELECT epoch FROM epochs WHERE name = 'queue') AS epoch
   FROM chosen c, instant ORDER BY c.part, c.place`,
);

/**
 * HO-2, TX-2: guarded by what was read before the hand-out; a locked row is being claimed, and nothing is to mark. The
 * epoch is held meanwhile: a new one waits for the mark, and then clears it (RB-4).
 */
export const markHandedOut = statement(
  'mark-handed-out',
  `WITH out AS (SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS out (id, version, number)),
   life AS (SELECT 1 FROM epochs WHERE name = 'queue' AND epoch = $4 FOR SHARE),
   locked AS (
     SELECT r.id, out.number FROM runs r JOIN out ON out.id = r.id AND out.version = r.version
     WHERE ${isNotOut('r')} AND EXISTS (SELECT 1 FROM life)
     ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
   )
   UPDATE runs r SET handed_out_at = clock_timestamp(), hand_out = l.number FROM locked l WHERE r.id = l.id`,
);

/**
 * Pools that have anything waiting before the horizon, so that an idle fleet asks one small question: from each pool and
 * priority to the next one.
 */
export const listWaitingPools = statement(
  'list-waiting-pools',
  `WITH RECURSIVE levels (pool, priority) AS (
     (SELECT r.pool, r.priority FROM runs r WHERE ${isToHandOut} ORDER BY r.pool, r.priority DESC LIMIT 1)
     UNION ALL
     SELECT next.pool, next.priority FROM levels l CROSS JOIN LATERAL (
       (SELECT r.pool, r.priority FROM runs r WHERE ${isToHandOut} AND r.pool = l.pool AND r.priority < l.priority
        ORDER BY r.priority DESC LIMIT 1)
       UNION ALL
       (SELECT r.pool, r.priority FROM runs r WHERE ${isToHandOut} AND r.pool > l.pool
        ORDER BY r.pool, r.priority DESC LIMIT 1)
       LIMIT 1) AS next
   )
   SELECT DISTINCT l.pool FROM levels l
   WHERE (SELECT r.due_at FROM runs r WHERE ${isToHandOut} AND r.pool = l.pool AND r.priority = l.priority
     ORDER BY r.due_at LIMIT 1) <= clock_timestamp() + $1 * interval '1 ms'
   ORDER BY l.pool`,
);

/** HO-1: the largest lag of a living worker of the pool. */
export const readPoolLag = statement(
  'read-pool-lag',
  `SELECT COALESCE(max(lag_ms), 0) AS "lagMs" FROM workers WHERE state = 'alive' AND pools @> ARRAY[$1::text]`,
);
