import { statement } from '../statement.ts';
import { isOut } from './by-id.ts';

export const readQueueLife = statement(
  'read-queue-life',
  `SELECT epoch, tide, cleared FROM epochs WHERE name = 'queue'`,
);

export const recordTide = statement(
  'record-tide',
  `UPDATE epochs SET tide = GREATEST(tide, $2) WHERE name = 'queue' AND epoch = $1`,
);

/** RB-3: by one of those who saw it. Waits for the marks that are being written, which the clearing then sees. */
export const raiseQueueEpoch = statement(
  'raise-queue-epoch',
  `UPDATE epochs SET epoch = GREATEST(epoch, $2) + 1, tide = 0 WHERE name = 'queue' AND epoch = $1 RETURNING epoch`,
);

export const finishClearing = statement(
  'finish-clearing',
  `UPDATE epochs SET cleared = GREATEST(cleared, $1) WHERE name = 'queue'`,
);

const handedOut = "r.state = 'queued' AND r.handed_out_at IS NOT NULL";
/** In the order of the index of what is handed out; $1 to $3 are the last run of the batch before. */
const behind = '(r.pool, r.due_at, r.id) > ($1, $2::timestamptz, $3::uuid)';

/** RB-4, TX-2: the next batch, locked in id order; a locked run is being claimed. The last row says where to go on. */
export const clearMarks = statement(
  'clear-marks',
  `WITH chosen AS MATERIALIZED (
     SELECT r.id, r.pool, r.due_at FROM runs r WHERE ${handedOut} AND ${behind} ORDER BY r.pool, r.due_at, r.id LIMIT $4
   ), locked AS (
     SELECT r.id FROM runs r JOIN chosen c ON c.id = r.id WHERE ${isOut('r')}
     ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
   ), changed AS (
     UPDATE runs r SET handed_out_at = NULL FROM locked l WHERE r.id = l.id RETURNING r.id
   )
   SELECT c.pool, c.due_at AS "dueAt", c.id AS "runId", (SELECT count(*) FROM changed) AS cleared,
     (SELECT count(*) FROM chosen) AS seen
   FROM chosen c ORDER BY c.pool DESC, c.due_at DESC, c.id DESC LIMIT 1`,
);

/**
 * RB-2: overdue runs that are out. TX-6: a mark that was lost in the future was lost before the clock stepped back. The
 * clock is read in a query of its own, so that the index serves.
 */
export const readOverdue = statement(
  'read-overdue',
  `SELECT r.id AS "runId", r.pool, r.due_at AS "dueAt", r.idempotency_key AS "idempotencyKey", r.hand_out AS number
   FROM runs r CROSS JOIN (SELECT clock_timestamp() AS now) AS instant
   WHERE ${handedOut} AND ${behind}
     AND r.due_at <= (SELECT clock_timestamp() - $5 * interval '1 ms')
     AND (r.mark_lost_at IS NULL OR r.mark_lost_at NOT BETWEEN instant.now - $6 * interval '1 ms' AND instant.now)
   ORDER BY r.pool, r.due_at, r.id LIMIT $4`,
);

/** RB-2: only the hand-out that was looked for; a later one has a message of its own. */
export const loseMarks = statement(
  'lose-marks',
  `WITH missing AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS missing (id, number)),
   locked AS (
     SELECT r.id FROM runs r JOIN missing m ON m.id = r.id AND m.number = r.hand_out WHERE ${isOut('r')}
     ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
   )
   UPDATE runs r SET handed_out_at = NULL, mark_lost_at = clock_timestamp() FROM locked l WHERE r.id = l.id
   RETURNING r.id`,
);

export const listConsumedPools = statement(
  'list-consumed-pools',
  `SELECT DISTINCT pool FROM workers CROSS JOIN unnest(pools) AS pool WHERE state = 'alive' ORDER BY pool`,
);
