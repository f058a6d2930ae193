import { statement } from '../statement.ts';
import { isGated } from './gated.ts';

export const insertWorker = statement(
  'insert-worker',
  `INSERT INTO workers (id, host, pid, version, pools, slots, state) VALUES ($1, $2, $3, $4, $5, $6, 'alive')
   ON CONFLICT (id) DO NOTHING`,
);

/**
 * LV-1: the number only rises; a dead worker's beat changes nothing and is told so by no row. One statement: the
 * database's clock is read in the middle of one round trip, and what is at work here is read after it was sent (LV-2).
 */
export const writeBeat = statement(
  'write-beat',
  `WITH beat AS (
     UPDATE workers SET beat = GREATEST(beat, $2), beat_at = clock_timestamp(), in_hand = $3, lag_ms = $4, state = $5,
       skew_ms = $6
     WHERE id = $1 AND state IN ('alive', 'draining')
     RETURNING clock_timestamp() AS now
   )
   SELECT b.now, (
     SELECT COALESCE(jsonb_agg(jsonb_build_object(
       'runId', r.id, 'attempt', r.attempt, 'token', r.claim_token, 'cancelRequested', r.cancel_requested_at IS NOT NULL,
       'isGated', ${isGated})), '[]')
     FROM runs r JOIN jobs j ON j.id = r.job_id WHERE r.state = 'running' AND r.worker_id = $1
   ) AS runs
   FROM beat b`,
);

export const closeWorker = statement(
  'close-worker',
  `UPDATE workers SET state = 'left', ended_at = clock_timestamp(), ended_why = $2, in_hand = 0
   WHERE id = $1 AND state IN ('alive', 'draining')`,
);

/**
 * LV-3: one pass of the judge, which is a committed write of its own. $1 is the silence that this pass adds, in
 * milliseconds; null starts every count anew.
 */
export const judgeWorkers = statement(
  'judge-workers',
  `WITH present AS (
     SELECT id FROM workers WHERE state IN ('alive', 'draining') ORDER BY id FOR NO KEY UPDATE
   )
   UPDATE workers w SET judged_beat = w.beat,
     silent_ms = CASE WHEN w.beat = w.judged_beat AND $1::int IS NOT NULL THEN w.silent_ms + $1 ELSE 0 END
   FROM present p WHERE w.id = p.id
   RETURNING w.id, w.beat, w.silent_ms AS "silentMs"`,
);

/** LV-4: only where the number is still the one that was judged. */
export const declareDead = statement(
  'declare-dead',
  `UPDATE workers SET state = 'dead', death = 'silence', ended_at = clock_timestamp(), ended_why = $3
   WHERE id = $1 AND beat = $2 AND state IN ('alive', 'draining')
   RETURNING id`,
);

/** Present ones first, then those that ended within the last day. */
export const listWorkers = statement(
  'list-workers',
  `SELECT id, host, pid, version, pools, slots, state, in_hand AS "inHand", beat_at AS "beatAt",
     started_at AS "startedAt", ended_at AS "endedAt", ended_why AS "endedWhy", death, skew_ms AS "skewMs"
   FROM workers WHERE ended_at IS NULL OR ended_at > clock_timestamp() - interval '1 day'
   ORDER BY ended_at DESC NULLS FIRST, started_at DESC, id LIMIT 500`,
);
