import { statement } from '../statement.ts';
import { tellRuns } from './run-facts.ts';

/**
 * TX-2: all that may have to be moved or withdrawn, in one order: what is locked in two steps may be locked by somebody
 * else in the other order.
 */
export const lockWaitingRuns = statement(
  'lock-waiting-runs',
  `SELECT id FROM runs WHERE job_id = $1 AND state IN ('queued', 'blocked', 'awaiting_approval') ORDER BY id FOR UPDATE`,
);

/** AD-3: the pool and the priority of what waits are the job's present ones; HO-3: it is handed out there. */
export const moveWaitingRuns = statement(
  'move-waiting-runs',
  `WITH locked AS (
     SELECT id FROM runs WHERE job_id = $1 AND state IN ('queued', 'blocked') AND (pool <> $2 OR priority <> $3)
     ORDER BY id FOR NO KEY UPDATE
   ), changed AS (
     UPDATE runs r SET pool = $2, priority = $3, handed_out_at = NULL, held_until = NULL, version = r.version + 1
     FROM locked l WHERE r.id = l.id RETURNING r.*
   ), told AS (${tellRuns("'run.moved'")})
   SELECT id FROM changed`,
);

/** ED-1: ticks that have not come are plans, not ledger entries: they go, and an event says so. */
export const withdrawPlans = statement(
  'withdraw-plans',
  `WITH locked AS (
     SELECT id FROM runs
     WHERE job_id = $1 AND cause = 'schedule' AND tick_at > $2 AND attempt = 0
       AND state IN ('queued', 'blocked', 'awaiting_approval')
     ORDER BY id FOR UPDATE
   ), gone AS (
     DELETE FROM runs r USING locked l WHERE r.id = l.id RETURNING r.*
   ), changed AS (
     SELECT id, job_id, cause, key, tick_at, tick_until, tick_count, due_at, started_at, settled_at, state, reason,
       attempt, failures, losses, revision, version + 1 AS version, worker_id, parent_id, parent_ids, pool, priority,
       blocked_by
     FROM gone
   ), told AS (${tellRuns("'run.withdrawn'")})
   SELECT id FROM changed`,
);

/**
 * AD-6: what waits when its job is deleted ends with it; what runs goes on. TX-2: a run that somebody holds is passed
 * over: a settle may hold it and wait for the schedule that the deletion holds. Admission ends it.
 */
export const cancelWaitingRuns = statement(
  'cancel-waiting-runs',
  `WITH locked AS (
     SELECT id FROM runs WHERE job_id = $1 AND state IN ('queued', 'blocked', 'awaiting_approval')
     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
   ), changed AS (
     UPDATE runs r SET state = 'cancelled', reason = 'job_deleted', settled_at = clock_timestamp(),
       handed_out_at = NULL, held_until = NULL, blocked_by = NULL, version = r.version + 1
     FROM locked l WHERE r.id = l.id RETURNING r.*
   ), told AS (${tellRuns("'run.' || c.state")})
   SELECT id FROM changed`,
);
