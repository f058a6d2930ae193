import { lateThresholdMs } from '@flotilla/domain';
import { statement } from '../statement.ts';
import { isQueued } from './by-id.ts';
import { isGated } from './gated.ts';
import { pauseOf } from './pause.ts';
import { tellRuns } from './run-facts.ts';

const offered = 'unnest($1::uuid[], $2::int[], $3::uuid[]) AS o (run_id, attempt, token)';

const claimed = (
  row: string,
) => `${row}.id AS "runId", ${row}.claim_token AS token, ${row}.attempt, ${row}.revision, ${row}.job_id AS "jobId",
  ${row}.cause, ${row}.tick_at AS "tickAt", ${row}.due_at AS "dueAt", ${row}.idempotency_key AS "idempotencyKey",
  ${row}.parent_id AS "parentId"`;

/** How late a tick of a job may be before catch-up is asked of it (domain: `lateAfter`). */
const lateAfter = (job: string) => `COALESCE(${job}.start_within_ms, ${lateThresholdMs}) * interval '1 ms'`;

/** What starting writes; `l` holds the id, the token and the hand-out of each run to start, $4 the worker. */
const start = `
   changed AS (
     UPDATE runs r SET state = 'running', worker_id = $4, claim_token = l.token, attempt = r.attempt + 1,
       version = r.version + 1, handed_out_at = NULL, held_until = NULL, started_at = COALESCE(r.started_at, clock_timestamp())
     FROM locked l WHERE r.id = l.id RETURNING r.*
   ), tried AS (
     INSERT INTO attempts (run_id, number, worker_id, claim_token, started_at, handed_out_at)
     SELECT c.id, c.attempt, c.worker_id, c.claim_token, clock_timestamp(), l.handed_out_at
     FROM changed c JOIN locked l ON l.id = c.id
   ), told AS (${tellRuns("'run.started'")})`;

/**
 * CL-1, the short way: runs of open `allow` jobs, whose conditions all stand here (CL-2: attempt, due, a living
 * worker). CL-3: a claim whose reply was lost finds its token and gets its run again. What does not match comes back
 * as nothing and takes the long way.
 */
export const claimUngated = statement(
  'claim-ungated',
  `WITH locked AS (
     SELECT r.id, o.token, r.handed_out_at FROM ${offered} JOIN runs r ON r.id = o.run_id
       JOIN jobs j ON j.id = CASE WHEN r.attempt >= 0 THEN r.job_id END -- by id: never through all runs of the job
       JOIN pools p ON p.name = r.pool
     WHERE ${isQueued('r')} AND r.attempt = o.attempt AND r.due_at <= clock_timestamp()
       AND j.deleted_at IS NULL AND j.overlap = 'allow' AND p.capacity IS NULL
       AND (r.attempt > 0 OR r.start_by IS NULL OR r.start_by > clock_timestamp())
       AND (r.attempt > 0 OR r.cause <> 'schedule' OR r.has_waited
         OR r.due_at >= clock_timestamp() - ${lateAfter('j')})
       AND (r.attempt > 0 OR r.cause = 'manual'
         OR NOT EXISTS (SELECT 1 FROM schedules s WHERE s.job_id = r.job_id AND s.paused_at IS NOT NULL))
       AND EXISTS (SELECT 1 FROM workers WHERE id = $4 AND state = 'alive' AND r.pool = ANY (pools))
     ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED FOR KEY SHARE OF j SKIP LOCKED
   ), ${start}
   SELECT ${claimed('c')} FROM changed c
   UNION ALL
   SELECT ${claimed('r')} FROM ${offered} JOIN runs r ON r.id = o.run_id
   WHERE CASE r.state WHEN 'running' THEN r.worker_id = $4 AND r.claim_token = o.token END
     AND EXISTS (SELECT 1 FROM workers WHERE id = $4 AND state IN ('alive', 'draining'))`,
);

/** TX-2: a locked run comes back as undecided. The job is held against a change of its overlap. */
export const lockOfferedRuns = statement(
  'lock-offered-runs',
  `SELECT r.id FROM runs r JOIN jobs j ON j.id = r.job_id WHERE r.id = ANY ($1::uuid[])
   ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED FOR KEY SHARE OF j`,
);

/**
 * TX-1: what admission asks of each run and its job, read after the locks. TX-4: policies are small, turns are not read
 * here. A tick is never due before its time: `due_at` says nothing new of newer ticks, but has the index.
 */
export const readAdmissionFacts = statement(
  'read-admission-facts',
  `SELECT r.id AS "runId", r.job_id AS "jobId", r.pool, r.state, r.attempt, r.cause, r.due_at AS "dueAt",
     r.tick_at AS "tickAt", r.priority, r.start_by AS "startBy", r.has_waited AS "hasWaited",
     r.worker_id AS "workerId", r.claim_token AS "claimToken",
     j.deleted_at IS NOT NULL AS "jobDeleted", j.overlap, j.backlog, j.start_within_ms AS "startWithinMs",
     v.document -> 'schedule' -> 'catchUp' AS "catchUp",
     (SELECT ${pauseOf('s')} FROM schedules s WHERE s.job_id = r.job_id) AS pause,
     CASE WHEN late.is THEN
       (SELECT count(*) FROM (SELECT 1 FROM runs o WHERE o.job_id = r.job_id AND o.cause = 'schedule'
          AND o.tick_at > r.tick_at AND o.tick_at <= instant.now AND o.due_at > r.tick_at LIMIT 1000) AS newer)
       + (SELECT count(*) FROM schedules s WHERE s.job_id = r.job_id AND s.next_tick_at <= instant.now)
     ELSE 0 END AS "newerTicks",
     CASE WHEN late.is THEN
       (SELECT max(o.paced_at) FROM runs o WHERE o.job_id = r.job_id AND o.paced_at IS NOT NULL
         AND (o.settled_at IS NULL OR o.paced_at <= instant.now)) END AS "pacedUntil",
     p.capacity IS NOT NULL AS "isCapped",
     w.state AS "workerState", r.pool = ANY (w.pools) AS "isServed",
     instant.now
   FROM runs r
   JOIN jobs j ON j.id = r.job_id
   JOIN job_revisions v ON v.job_id = j.id AND v.revision = j.revision
   JOIN pools p ON p.name = r.pool
   LEFT JOIN workers w ON w.id = $2
   CROSS JOIN (SELECT clock_timestamp() AS now) AS instant
   CROSS JOIN LATERAL (SELECT r.attempt = 0 AND r.cause = 'schedule' AND NOT r.has_waited
     AND r.due_at < instant.now - ${lateAfter('j')} AS is) AS late
   WHERE r.id = ANY ($1::uuid[])
   ORDER BY r.due_at, r.id`,
);

/** The runs are locked and decided: what is left is to write. */
export const startRuns = statement(
  'start-runs',
  `WITH locked AS (SELECT r.id, o.token, r.handed_out_at FROM ${offered} JOIN runs r ON r.id = o.run_id), ${start}
   SELECT ${claimed('c')} FROM changed c`,
);

/** AD-4: the times that pacing gave runs, whatever became of them then. */
export const recordPaces = statement(
  'record-paces',
  `UPDATE runs r SET paced_at = d.paced_at FROM unnest($1::uuid[], $2::timestamptz[]) AS d (id, paced_at)
   WHERE r.id = d.id`,
);

/** AD-4, HO-3: a late tick that starts later, one pace after the one before it; its start deadline moves along. */
export const delayRuns = statement(
  'delay-runs',
  `WITH decided AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS d (id, due_at)),
   changed AS (
     UPDATE runs r SET due_at = d.due_at, paced_at = d.due_at, start_by = r.start_by + (d.due_at - r.due_at),
       has_waited = true, handed_out_at = NULL, held_until = NULL, version = r.version + 1
     FROM decided d WHERE r.id = d.id RETURNING r.*
   ), told AS (${tellRuns("'run.delayed'")})
   SELECT id FROM changed`,
);

/** They wait for others of their job, or for room in their pool. */
export const blockRuns = statement(
  'block-runs',
  `WITH decided AS (SELECT * FROM unnest($1::uuid[], $2::text[]) AS d (id, blocked_by)),
   changed AS (
     UPDATE runs r SET state = 'blocked', blocked_by = d.blocked_by, has_waited = true, handed_out_at = NULL,
       held_until = NULL, version = r.version + 1
     FROM decided d WHERE r.id = d.id RETURNING r.*
   ), told AS (${tellRuns("'run.blocked'")})
   SELECT id FROM changed`,
);

/** TX-2: the runs that others end. Who claims holds runs already, and waits for none. */
export const lockOverlapped = statement(
  'lock-overlapped',
  'SELECT id FROM runs WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED',
);

/** What waits is settled; what is at work is asked to end (CN-1): those are returned. */
export const endOverlapped = statement(
  'end-overlapped',
  `WITH decided AS (SELECT * FROM unnest($1::uuid[], $2::text[]) AS d (id, kind)),
   changed AS (
     UPDATE runs r SET
       state = CASE WHEN r.state = 'running' THEN 'running' WHEN d.kind = 'supersede' THEN 'missed' ELSE 'cancelled' END,
       reason = CASE WHEN r.state = 'running' THEN NULL WHEN d.kind = 'supersede' THEN 'superseded'
         ELSE 'overlap_cancel' END,
       settled_at = CASE WHEN r.state <> 'running' THEN clock_timestamp() END,
       cancel_requested_at = CASE WHEN r.state = 'running' THEN clock_timestamp() END,
       cancel_reason = CASE WHEN r.state = 'running' THEN 'overlap_cancel' END,
       handed_out_at = NULL, held_until = NULL, blocked_by = NULL, version = r.version + 1
     FROM decided d
     WHERE r.id = d.id AND (r.state IN ('queued', 'blocked')
       OR (r.state = 'running' AND d.kind = 'cancel' AND r.cancel_requested_at IS NULL))
     RETURNING r.*
   ), told AS (${tellRuns("CASE WHEN c.state = 'running' THEN 'run.cancel_requested' ELSE 'run.' || c.state END")})
   SELECT id FROM changed WHERE state = 'running'`,
);

export const settleUnstarted = statement(
  'settle-unstarted',
  `WITH decided AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS d (id, state, reason)),
   changed AS (
     UPDATE runs r SET state = d.state, reason = d.reason, settled_at = clock_timestamp(), handed_out_at = NULL,
       held_until = NULL, version = r.version + 1
     FROM decided d WHERE r.id = d.id RETURNING r.*
   ), told AS (${tellRuns("'run.' || c.state")})
   SELECT id FROM changed`,
);

/** What a run learns of the run `p` that began it, with its last attempt `a`. */
const account = `jsonb_build_object(
         'run', p.id, 'job', pj.slug, 'state', p.state, 'reason', p.reason, 'tickAt', p.tick_at, 'settledAt', p.settled_at,
         'exitCode', a.exit_code, 'signal', a.signal, 'stdout', a.stdout, 'stderr', a.stderr)`;
const parents = `FROM runs p JOIN jobs pj ON pj.id = p.job_id
       LEFT JOIN attempts a ON a.run_id = p.id AND a.number = p.attempt`;

/** TX-4: after the commit, without a lock: what the turns are, and what their parents left. */
export const readTurns = statement(
  'read-turns',
  `SELECT r.id AS "runId", j.slug, v.document -> 'turn' AS turn,
     COALESCE(v.document ->> 'guarantee' = 'at-least-once', false) OR ${isGated} AS "isFenced",
     CASE WHEN r.parent_ids IS NOT NULL THEN jsonb_build_object('parents', COALESCE(
       (SELECT jsonb_agg(${account} ORDER BY pj.slug, p.id) ${parents} WHERE p.id = ANY (r.parent_ids)), '[]'))
     WHEN r.parent_id IS NOT NULL THEN
       (SELECT jsonb_build_object('parent', ${account}) ${parents} WHERE p.id = r.parent_id) END AS context
   FROM runs r
   JOIN jobs j ON j.id = r.job_id
   JOIN job_revisions v ON v.job_id = r.job_id AND v.revision = r.revision
   WHERE r.id = ANY ($1::uuid[])`,
);
