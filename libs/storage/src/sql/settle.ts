import { statement } from '../statement.ts';
import { pauseOf } from './pause.ts';
import { tellRuns } from './run-facts.ts';

/**
 * SE-1, TX-2: guarded by the state, worker and attempt that is being settled; waits, in id order. As a CASE, since the
 * index of what a worker has at work also has, until the next vacuum, all that it had.
 */
export const lockRunning = statement(
  'lock-running',
  `SELECT s.token FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[]) AS s (run_id, attempt, token, worker_id)
   JOIN runs r ON r.id = s.run_id
   WHERE CASE r.state WHEN 'running' THEN r.attempt = s.attempt AND r.worker_id = s.worker_id END
   ORDER BY r.id FOR NO KEY UPDATE OF r`,
);

/**
 * TX-1: read after the lock: a cancel that committed in between is seen, and so is the death of the worker. $2: the
 * worker is still there. To whoever has no right to settle a run there are none (LV-6).
 */
export const readSettlementFacts = statement(
  'read-settlement-facts',
  `SELECT r.id, r.job_id AS "jobId", r.attempt, r.depth, COALESCE(r.root_id, r.id) AS "rootId", r.failures, r.losses,
     CASE WHEN r.cancel_requested_at IS NOT NULL THEN COALESCE(r.cancel_reason, 'requested') END AS "cancelReason", j.deleted_at IS NOT NULL AS "jobDeleted",
     v.document -> 'retry' AS retry, v.document ->> 'guarantee' AS guarantee, clock_timestamp() AS now
   FROM runs r
   JOIN jobs j ON j.id = r.job_id
   JOIN job_revisions v ON v.job_id = r.job_id AND v.revision = r.revision
   WHERE r.id = ANY ($1::uuid[]) AND $2 = EXISTS (
     SELECT 1 FROM workers w WHERE w.id = r.worker_id AND w.state IN ('alive', 'draining'))
   ORDER BY r.id`,
);

/** The children of jobs, locked against their deletion (AD-6); whether they were deleted is read after it (TX-1). */
export const lockChildJobs = statement(
  'lock-child-jobs',
  `SELECT s.job_id AS "jobId" FROM triggers t JOIN schedules s ON s.job_id = t.job_id
   WHERE t.parent_id = ANY ($1::uuid[]) ORDER BY s.job_id FOR KEY SHARE OF s`,
);

export const readChildJobs = statement(
  'read-child-jobs',
  `SELECT t.parent_id AS "parentJobId", t.job_id AS "jobId", t.on_end AS "on", t.contains, t.matches,
     t.delay_ms AS "delayMs", j.revision, j.enabled, j.pool, ${pauseOf('s')} AS pause,
     CASE WHEN t.needs_all THEN
       ARRAY(SELECT o.parent_id::text FROM triggers o WHERE o.job_id = t.job_id ORDER BY o.parent_id) END AS parents
   FROM triggers t JOIN jobs j ON j.id = t.job_id JOIN schedules s ON s.job_id = t.job_id
   WHERE t.parent_id = ANY ($1::uuid[]) AND t.job_id = ANY ($2::uuid[]) AND j.deleted_at IS NULL
   ORDER BY t.job_id`,
);

/** How many children the jobs of these runs have, and what these want to find in an output. */
export const readHeirs = statement(
  'read-heirs',
  `SELECT r.id AS "runId", count(*) AS children,
     COALESCE(jsonb_agg(DISTINCT jsonb_build_object('contains', t.contains, 'matches', t.matches))
       FILTER (WHERE t.contains IS NOT NULL OR t.matches IS NOT NULL), '[]') AS wanted
   FROM runs r JOIN triggers t ON t.parent_id = r.job_id
   WHERE r.id = ANY ($1::uuid[]) GROUP BY r.id`,
);

/** HO-3: what becomes queued again is handed out anew. AD-3: in the job's present pool, which an edit may have changed. */
export const requeueRuns = statement(
  'requeue-runs',
  `WITH decided AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::int[], $4::int[], $5::text[])
       AS d (id, due_at, failures, losses, type)),
   changed AS (
     UPDATE runs r SET state = 'queued', due_at = d.due_at, failures = d.failures, losses = d.losses,
       pool = j.pool, priority = j.priority, worker_id = NULL, claim_token = NULL, handed_out_at = NULL,
       version = r.version + 1
     FROM decided d, jobs j WHERE r.id = d.id AND j.id = r.job_id RETURNING r.*
   ), told AS (${tellRuns('(SELECT d.type FROM decided d WHERE d.id = c.id)')})
   SELECT id FROM changed`,
);

export const settleRuns = statement(
  'settle-runs',
  `WITH decided AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[])
       AS d (id, state, reason, failures, losses)),
   changed AS (
     UPDATE runs r SET state = d.state, reason = d.reason, failures = d.failures, losses = d.losses,
       settled_at = clock_timestamp(), worker_id = NULL, claim_token = NULL, version = r.version + 1
     FROM decided d WHERE r.id = d.id RETURNING r.*
   ), told AS (${tellRuns("'run.' || c.state")})
   SELECT id FROM changed`,
);

export const endAttempts = statement(
  'end-attempts',
  `UPDATE attempts a SET ended_at = clock_timestamp(), settled_by = e.token, spawned_at = e.spawned_at,
     outcome = e.outcome, exit_code = e.exit_code, signal = e.signal, message = e.message,
     stdout = e.stdout, stdout_bytes = e.stdout_bytes, stdout_truncated = e.stdout_truncated,
     stderr = e.stderr, stderr_bytes = e.stderr_bytes, stderr_truncated = e.stderr_truncated,
     model = e.model, input_tokens = e.input_tokens, output_tokens = e.output_tokens, cost = e.cost
   FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::timestamptz[], $5::text[], $6::int[], $7::text[], $8::text[],
     $9::text[], $10::bigint[], $11::bool[], $12::text[], $13::bigint[], $14::bool[], $15::text[], $16::bigint[],
     $17::bigint[], $18::float8[])
     AS e (run_id, number, token, spawned_at, outcome, exit_code, signal, message,
       stdout, stdout_bytes, stdout_truncated, stderr, stderr_bytes, stderr_truncated, model, input_tokens,
       output_tokens, cost)
   WHERE a.run_id = e.run_id AND a.number = e.number`,
);

/** SE-1: only the token proves that a settle whose reply was lost was mine. */
export const readSettledBy = statement(
  'read-settled-by',
  `SELECT s.token FROM unnest($1::uuid[], $2::int[], $3::uuid[]) AS s (run_id, attempt, token)
   JOIN attempts a ON a.run_id = s.run_id AND a.number = s.attempt AND a.settled_by = s.token`,
);

/**
 * CL-3: a claim that its worker knows it never started. Neither a failure nor a loss; where a cancel is pending, its end
 * (CN-1): queued again, it would start after all.
 */
export const handBackRuns = statement(
  'hand-back-runs',
  `WITH locked AS (
     SELECT r.id, r.attempt FROM unnest($1::uuid[], $2::int[]) AS b (run_id, attempt) JOIN runs r ON r.id = b.run_id
     WHERE r.state = 'running' AND r.attempt = b.attempt AND r.worker_id = $3
     ORDER BY r.id FOR NO KEY UPDATE OF r
   ), changed AS (
     UPDATE runs r SET worker_id = NULL, claim_token = NULL, handed_out_at = NULL, version = r.version + 1,
       state = CASE WHEN cancel_requested_at IS NULL THEN 'queued' ELSE 'cancelled' END,
       reason = CASE WHEN cancel_requested_at IS NOT NULL THEN COALESCE(cancel_reason, 'requested') END,
       settled_at = CASE WHEN cancel_requested_at IS NOT NULL THEN clock_timestamp() END,
       pool = CASE WHEN cancel_requested_at IS NULL THEN j.pool ELSE r.pool END, priority = j.priority
     FROM locked l, jobs j WHERE r.id = l.id AND j.id = r.job_id RETURNING r.*
   ), ended AS (
     UPDATE attempts a SET ended_at = clock_timestamp(), outcome = 'handed_back'
     FROM locked l WHERE a.run_id = l.id AND a.number = l.attempt
   ), told AS (${tellRuns("'run.' || CASE c.state WHEN 'queued' THEN 'requeued' ELSE c.state END")})
   SELECT id FROM changed`,
);

/** LV-5: recovery is driven by state: at work, and the worker is dead, has left, or was never there. */
export const findLostRuns = statement(
  'find-lost-runs',
  `SELECT r.id AS "runId", r.attempt, r.worker_id AS "workerId", w.host, w.pid, w.state, w.death,
     w.ended_why AS why
   FROM runs r LEFT JOIN workers w ON w.id = r.worker_id
   WHERE r.state = 'running' AND (w.id IS NULL OR w.state IN ('dead', 'left'))
   ORDER BY r.id LIMIT $1`,
);
