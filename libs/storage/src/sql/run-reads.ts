import { statement } from '../statement.ts';

const runColumns = `r.id, r.job_id AS "jobId", j.slug AS job, r.cause, r.key, r.idempotency_key AS "idempotencyKey",
  r.tick_at AS "tickAt", r.tick_until AS "tickUntil", r.tick_count AS "tickCount", r.due_at AS "dueAt",
  r.started_at AS "startedAt", r.settled_at AS "settledAt", r.state, r.reason, r.attempt, r.failures, r.losses,
  r.revision, r.version, r.parent_id AS "parentId", r.worker_id AS "workerId",
  r.cancel_requested_at AS "cancelRequestedAt", r.created_at AS "createdAt"`;

/** Newest due first; `($6, $7)` is the last row of the page before. */
export const listRuns = statement(
  'list-runs',
  `SELECT ${runColumns} FROM runs r JOIN jobs j ON j.id = r.job_id
   WHERE ($1::uuid[] IS NULL OR r.job_id = ANY ($1)) AND ($2::text IS NULL OR r.state = $2)
     AND ($3::text IS NULL OR r.reason = $3) AND ($4::timestamptz IS NULL OR r.due_at >= $4)
     AND ($6::timestamptz IS NULL OR (r.due_at, r.id) < ($6, $7::uuid))
   ORDER BY r.due_at DESC, r.id DESC LIMIT $5`,
);

export const readRun = statement(
  'read-run',
  `SELECT ${runColumns} FROM runs r JOIN jobs j ON j.id = r.job_id WHERE r.id = $1`,
);

export const readRunByIdentity = statement(
  'read-run-by-identity',
  `SELECT ${runColumns} FROM runs r JOIN jobs j ON j.id = r.job_id
   WHERE r.job_id = $1 AND r.cause = $2 AND r.key = $3`,
);

/** Among the newest runs: people give back the end of an id that they have just read. */
export const findRunsByIdEnd = statement(
  'find-runs-by-id-end',
  `SELECT * FROM (SELECT ${runColumns} FROM runs r JOIN jobs j ON j.id = r.job_id
     ORDER BY r.due_at DESC, r.id DESC LIMIT $2) AS newest
   WHERE replace(id::text, '-', '') LIKE '%' || $1 LIMIT 10`,
);

/** A slug may have belonged to several jobs (ID-3): their history is found under it. */
export const findJobsOfSlug = statement('find-jobs-of-slug', 'SELECT id FROM jobs WHERE slug = $1');

export const readAttempts = statement(
  'read-attempts',
  `SELECT number, worker_id AS "workerId", started_at AS "startedAt", spawned_at AS "spawnedAt", ended_at AS "endedAt",
     outcome, exit_code AS "exitCode", signal, message, stdout, stdout_bytes AS "stdoutBytes",
     stdout_truncated AS "stdoutTruncated", stderr, stderr_bytes AS "stderrBytes", stderr_truncated AS "stderrTruncated"
   FROM attempts WHERE run_id = $1 ORDER BY number`,
);

export const readChildRuns = statement(
  'read-child-runs',
  `SELECT r.id, j.slug AS job, r.state FROM runs r JOIN jobs j ON j.id = r.job_id
   WHERE r.parent_id = $1 ORDER BY r.id LIMIT 1000`,
);

/** From the partial index of open runs; `due` are the queued ones whose time has come. */
export const countOpenRuns = statement(
  'count-open-runs',
  `SELECT state, count(*) AS count FROM runs WHERE state IN ('queued', 'running', 'blocked', 'awaiting_approval') GROUP BY state
   UNION ALL
   SELECT 'due', count(*) FROM runs WHERE state = 'queued' AND due_at <= clock_timestamp()`,
);
