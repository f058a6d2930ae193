import { statement } from '../statement.ts';
import { tellRuns } from './run-facts.ts';

export const lockRun = statement(
  'lock-run',
  'SELECT id, state, attempt, job_id AS "jobId", root_id AS "rootId" FROM runs WHERE id = $1 FOR NO KEY UPDATE',
);

/** A run that waits is cancelled at once; SE-3: the same settled row as every other end. */
export const cancelWaiting = statement(
  'cancel-waiting',
  `WITH changed AS (
     UPDATE runs SET state = 'cancelled', reason = 'requested', settled_at = clock_timestamp(), handed_out_at = NULL,
       held_until = NULL, blocked_by = NULL, cancel_requested_at = clock_timestamp(), version = version + 1
     WHERE id = $1 RETURNING *
   ), told AS (${tellRuns("'run.' || c.state", { actor: '$2::text' })})
   SELECT id FROM changed`,
);

/** CN-1: a run at work is asked to end; its worker settles it once its processes are gone. */
export const requestCancel = statement(
  'request-cancel',
  `WITH changed AS (
     UPDATE runs SET cancel_requested_at = clock_timestamp(), cancel_reason = 'requested', version = version + 1
     WHERE id = $1 AND cancel_requested_at IS NULL RETURNING *
   ), told AS (${tellRuns("'run.cancel_requested'", { actor: '$2::text' })})
   SELECT id FROM changed`,
);
