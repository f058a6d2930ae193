import { statement } from '../statement.ts';
import { isWaiting } from './by-id.ts';
import { tellRuns } from './run-facts.ts';

/** Runs that have never started, and whose start deadline has passed. */
export const findExpired = statement(
  'find-expired',
  `SELECT id FROM runs
   WHERE start_by <= (SELECT clock_timestamp()) AND start_by IS NOT NULL AND attempt = 0 AND state IN ('queued', 'blocked')
   ORDER BY start_by LIMIT $1`,
);

/** TX-2: a locked run is being claimed, which asks for its deadline too (AD-1). */
export const expireRuns = statement(
  'expire-runs',
  `WITH locked AS (
     SELECT r.id FROM runs r
     WHERE r.id = ANY ($1::uuid[]) AND ${isWaiting('r')} AND r.attempt = 0 AND r.start_by <= clock_timestamp()
     ORDER BY r.id FOR NO KEY UPDATE SKIP LOCKED
   ), changed AS (
     UPDATE runs r SET state = 'expired', reason = 'start_deadline', settled_at = clock_timestamp(), handed_out_at = NULL,
       held_until = NULL, blocked_by = NULL, version = r.version + 1
     FROM locked l WHERE r.id = l.id RETURNING r.*
   ), told AS (${tellRuns("'run.' || c.state")})
   SELECT id FROM changed`,
);
