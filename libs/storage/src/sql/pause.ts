import { statement } from '../statement.ts';
import { tellRuns } from './run-facts.ts';

const ms = (instant: string) => `(extract(epoch FROM ${instant}) * 1000)::bigint`;

/** A job's pause as decisions take it (domain: `Pause`), from a row of schedules; null where there is none. */
export const pauseOf = (schedule: string) => `CASE WHEN ${schedule}.paused_at IS NOT NULL THEN
  jsonb_build_object('at', ${ms(`${schedule}.paused_at`)}, 'until', ${ms(`${schedule}.paused_until`)}) END`;

/** A pause's range row as planning takes it (domain: `PlannedRun`), from a row of runs. */
export const rangeOf = (run: string) => `CASE WHEN ${run}.id IS NOT NULL THEN
  jsonb_build_object('tickAt', ${ms(`${run}.tick_at`)}, 'tickUntil', ${ms(`${run}.tick_until`)},
    'tickCount', ${run}.tick_count, 'dueAt', ${ms(`${run}.due_at`)}, 'state', ${run}.state, 'reason', ${run}.reason) END`;

/** Pauses, or changes what is said of a pause that goes on since it began. */
export const setPause = statement(
  'set-pause',
  `UPDATE schedules SET paused_at = COALESCE(paused_at, $2), paused_until = $3, paused_by = $4, paused_why = $5
   WHERE job_id = $1`,
);

export const clearPause = statement(
  'clear-pause',
  `UPDATE schedules SET paused_at = NULL, paused_until = NULL, paused_by = NULL, paused_why = NULL, pause_range = NULL
   WHERE job_id = $1`,
);

/** ED-4: the row into which a pause's ticks fold. Version 0: nothing of it is told until it is closed (EV-1). */
export const beginPauseRange = statement(
  'begin-pause-range',
  `WITH begun AS (
     INSERT INTO runs (id, job_id, cause, key, idempotency_key, tick_at, tick_until, tick_count, due_at, state, reason,
       pool, revision, version, settled_at)
     VALUES ($1, $2, 'schedule', $3, $4, $5, $6, $7, $8, 'skipped', 'paused', $9, $10, 0, clock_timestamp())
     ON CONFLICT ON CONSTRAINT runs_identity DO NOTHING
     RETURNING id, job_id
   )
   UPDATE schedules s SET pause_range = b.id FROM begun b WHERE s.job_id = b.job_id`,
);

/** ED-4: the one settled row that may grow, under its job's schedule lock. */
export const growPauseRange = statement(
  'grow-pause-range',
  `UPDATE runs r SET tick_until = $2, tick_count = $3, settled_at = clock_timestamp()
   FROM schedules s WHERE s.job_id = $1 AND r.id = s.pause_range`,
);

export const closePauseRange = statement(
  'close-pause-range',
  `WITH changed AS (
     UPDATE runs r SET version = r.version + 1, settled_at = clock_timestamp()
     FROM schedules s WHERE s.job_id = $1 AND r.id = s.pause_range RETURNING r.*
   ), forgotten AS (
     UPDATE schedules SET pause_range = NULL WHERE job_id = $1 AND pause_range IS NOT NULL
   ), told AS (${tellRuns("'run.' || c.state")})
   SELECT id FROM changed`,
);

/** AD-5: what waited to begin in the pause $2 … $3, and no worker has asked for until its end; $4 of it at most. */
export const skipPausedRuns = statement(
  'skip-paused-runs',
  `WITH locked AS (
     SELECT id FROM runs
     WHERE job_id = $1 AND cause IN ('parent', 'task') AND state IN ('queued', 'blocked', 'awaiting_approval')
       AND attempt = 0 AND due_at >= $2 AND due_at < $3
     ORDER BY id LIMIT $4 FOR NO KEY UPDATE
   ), changed AS (
     UPDATE runs r SET state = 'skipped', reason = 'paused', settled_at = clock_timestamp(), handed_out_at = NULL,
       held_until = NULL, blocked_by = NULL, version = r.version + 1
     FROM locked l WHERE r.id = l.id RETURNING r.*
   ), told AS (${tellRuns("'run.' || c.state")})
   SELECT id FROM changed`,
);
