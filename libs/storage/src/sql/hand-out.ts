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

/**
 * HO-1, ID-2: what is to be handed out, each with a number that is used once. Due runs and future ones have limits of
 * their own (HO-4): a due one is never held back by one that is not due.
 */
export const readHandOut = statement(
  'read-hand-out',
  `WITH instant AS (SELECT clock_timestamp() AS now),
   chosen AS (
     (SELECT r.id, r.attempt, r.version, r.idempotency_key, r.due_at FROM runs r
      WHERE r.state = 'queued' AND r.handed_out_at IS NULL AND r.pool = $1 AND r.due_at <= (SELECT now FROM instant)
      ORDER BY r.due_at, r.id LIMIT $2)
     UNION ALL
     (SELECT r.id, r.attempt, r.version, r.idempotency_key, r.due_at FROM runs r
      WHERE r.state = 'queued' AND r.handed_out_at IS NULL AND r.pool = $1 AND r.due_at > (SELECT now FROM instant)
        AND r.due_at <= (SELECT now + $4 * interval '1 ms' FROM instant)
      ORDER BY r.due_at, r.id LIMIT $3)
   )
   SELECT c.id AS "runId", c.attempt, c.version, c.idempotency_key AS "idempotencyKey", c.due_at AS "dueAt",
     nextval('hand_outs') AS number, instant.now, (SELECT epoch FROM epochs WHERE name = 'queue') AS epoch
   FROM chosen c, instant ORDER BY c.due_at, c.id`,
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

/** Pools that have anything waiting, so that an idle fleet asks one small question: from each pool to the next one. */
export const listWaitingPools = statement(
  'list-waiting-pools',
  `WITH RECURSIVE pools (pool) AS (
     (SELECT pool FROM runs WHERE state = 'queued' AND handed_out_at IS NULL ORDER BY pool LIMIT 1)
     UNION ALL
     SELECT (SELECT r.pool FROM runs r WHERE r.state = 'queued' AND r.handed_out_at IS NULL AND r.pool > p.pool
       ORDER BY r.pool LIMIT 1)
     FROM pools p WHERE p.pool IS NOT NULL
   )
   SELECT p.pool FROM pools p
   WHERE (SELECT r.due_at FROM runs r WHERE r.state = 'queued' AND r.handed_out_at IS NULL AND r.pool = p.pool
     ORDER BY r.due_at LIMIT 1) <= clock_timestamp() + $1 * interval '1 ms'`,
);

/** HO-1: the largest lag of a living worker of the pool. */
export const readPoolLag = statement(
  'read-pool-lag',
  `SELECT COALESCE(max(lag_ms), 0) AS "lagMs" FROM workers WHERE state = 'alive' AND pools @> ARRAY[$1::text]`,
);
