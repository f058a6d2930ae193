import { lateThresholdMs } from '@flotilla/domain';
import { statement } from '../statement.ts';
import { isQueued } from './by-id.ts';
import { pauseOf } from './pause.ts';
import { tellRuns } from './run-facts.ts';

const offered = 'unnest($1::uuid[], $2::int[], $3::uuid[]) AS o (run_id, attempt, token)';

const claimed = (
  row: string,
) => `${row}.id AS "runId", ${row}.claim_token AS token, ${row}.attempt, ${row}.revision, ${row}.job_id AS "jobId",
  ${row}.cause, ${row}.tick_at AS "tickAt", ${row}.due_at AS "dueAt", ${row}.idempotency_key AS "idempotencyKey",
  ${row}.parent_id AS "parentId"`;

/** What starting writes; `l` holds the id and the token of each run to start, $4 the worker. */
const start = `
   changed AS (
     UPDATE runs r SET state = 'running', worker_id = $4, claim_token = l.token, attempt = r.attempt + 1,
       version = r.version + 1, handed_out_at = NULL, started_at = COALESCE(r.started_at, clock_timestamp())
     FROM locked l WHERE r.id = l.id RETURNING r.*
   ), tried AS (
     INSERT INTO attempts (run_id, number, worker_id, claim_token, started_at)
     SELECT id, attempt, worker_id, claim_token, clock_timestamp() FROM changed
   ), told AS (${tellRuns("'run.started'")})`;

/**
 * CL-1, the short way: runs of open `allow` jobs, whose conditions all stand here (CL-2: attempt, due, a living
 * worker). CL-3: a claim whose reply was lost finds its token and gets its run again. What does not match comes back
 * as nothing and takes the long way.
 */
export const claimUngated = statement(
  'claim-ungated',
  `WITH locked AS (
     SELECT r.id, o.token FROM ${offered} JOIN runs r ON r.id = o.run_id JOIN jobs j ON j.id = r.job_id
     WHERE ${isQueued('r')} AND r.attempt = o.attempt AND r.due_at <= clock_timestamp()
       AND j.deleted_at IS NULL AND j.overlap = 'allow'
       AND (r.attempt > 0 OR r.cause <> 'schedule' OR r.due_at >= clock_timestamp() - interval '${lateThresholdMs} ms')
       AND (r.attempt > 0 OR r.cause = 'manual'
         OR NOT EXISTS (SELECT 1 FROM schedules s WHERE s.job_id = r.job_id AND s.paused_at IS NOT NULL))
       AND EXISTS (SELECT 1 FROM workers WHERE id = $4 AND state = 'alive')
     ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED FOR KEY SHARE OF j SKIP LOCKED
   ), ${start}
   SELECT ${claimed('c')} FROM changed c
   UNION ALL
   SELECT ${claimed('r')} FROM ${offered} JOIN runs r ON r.id = o.run_id
   WHERE r.state = 'running' AND r.worker_id = $4 AND r.claim_token = o.token
     AND EXISTS (SELECT 1 FROM workers WHERE id = $4 AND state IN ('alive', 'draining'))`,
);

/** GA-1, TX-1: gates first, in a statement of their own, in id order; gates are waited for (TX-2). */
export const lockGates = statement(
  'lock-gates',
  `SELECT id FROM gates
   WHERE id IN (SELECT 'job:' || job_id FROM runs WHERE id = ANY ($1::uuid[]))
   ORDER BY id FOR NO KEY UPDATE`,
);

/** TX-2: a locked run comes back as undecided. The job is held against a change of its overlap. */
export const lockOfferedRuns = statement(
  'lock-offered-runs',
  `SELECT r.id FROM runs r JOIN jobs j ON j.id = r.job_id WHERE r.id = ANY ($1::uuid[])
   ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED FOR KEY SHARE OF j`,
);

/**
 * TX-1: what admission counts, read after the locks. TX-4: policies are small, turns are not read here. A tick is never
 * due before its time: `due_at` says nothing new of newer ticks, but has the index.
 */
export const readAdmissionFacts = statement(
  'read-admission-facts',
  `SELECT r.id AS "runId", r.job_id AS "jobId", r.state, r.attempt, r.cause, r.due_at AS "dueAt", r.tick_at AS "tickAt",
     r.worker_id AS "workerId", r.claim_token AS "claimToken",
     j.deleted_at IS NOT NULL AS "jobDeleted", j.overlap, v.document -> 'schedule' -> 'catchUp' AS "catchUp",
     (SELECT ${pauseOf('s')} FROM schedules s WHERE s.job_id = r.job_id) AS pause,
     (SELECT count(*) FROM runs o WHERE o.job_id = r.job_id AND o.id <> r.id
        AND (o.state = 'running' OR (o.state IN ('queued', 'blocked') AND o.attempt > 0))) AS "othersStarted",
     CASE WHEN r.attempt = 0 AND r.cause = 'schedule' AND r.due_at < instant.now - interval '${lateThresholdMs} ms' THEN
       (SELECT count(*) FROM (SELECT 1 FROM runs o WHERE o.job_id = r.job_id AND o.cause = 'schedule'
          AND o.tick_at > r.tick_at AND o.tick_at <= instant.now AND o.due_at > r.tick_at LIMIT 1000) AS newer)
       + (SELECT count(*) FROM schedules s WHERE s.job_id = r.job_id AND s.next_tick_at <= instant.now)
     ELSE 0 END AS "newerTicks",
     (SELECT state FROM workers WHERE id = $2) AS "workerState",
     instant.now
   FROM runs r
   JOIN jobs j ON j.id = r.job_id
   JOIN job_revisions v ON v.job_id = j.id AND v.revision = j.revision
   CROSS JOIN (SELECT clock_timestamp() AS now) AS instant
   WHERE r.id = ANY ($1::uuid[])
   ORDER BY r.due_at, r.id`,
);

/** The runs are locked and decided: what is left is to write. */
export const startRuns = statement(
  'start-runs',
  `WITH locked AS (SELECT o.run_id AS id, o.token FROM ${offered}), ${start}
   SELECT ${claimed('c')} FROM changed c`,
);

export const settleUnstarted = statement(
  'settle-unstarted',
  `WITH decided AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS d (id, state, reason)),
   changed AS (
     UPDATE runs r SET state = d.state, reason = d.reason, settled_at = clock_timestamp(), handed_out_at = NULL,
       version = r.version + 1
     FROM decided d WHERE r.id = d.id RETURNING r.*
   ), told AS (${tellRuns("'run.' || c.state")})
   SELECT id FROM changed`,
);

/** TX-4: after the commit, without a lock: what the turns are, and what their parents left. */
export const readTurns = statement(
  'read-turns',
  `SELECT r.id AS "runId", j.slug, v.document -> 'turn' AS turn,
     COALESCE(v.document ->> 'guarantee' = 'at-least-once', false) OR j.overlap <> 'allow' AS "isFenced",
     CASE WHEN p.id IS NOT NULL THEN jsonb_build_object(
       'run', p.id, 'job', pj.slug, 'state', p.state, 'reason', p.reason, 'tickAt', p.tick_at, 'settledAt', p.settled_at,
       'exitCode', a.exit_code, 'signal', a.signal, 'stdout', a.stdout, 'stderr', a.stderr) END AS parent
   FROM runs r
   JOIN jobs j ON j.id = r.job_id
   JOIN job_revisions v ON v.job_id = r.job_id AND v.revision = r.revision
   LEFT JOIN runs p ON p.id = r.parent_id
   LEFT JOIN jobs pj ON pj.id = p.job_id
   LEFT JOIN attempts a ON a.run_id = p.id AND a.number = p.attempt
   WHERE r.id = ANY ($1::uuid[])`,
);
