import { statement } from '../statement.ts';

// What the watch asks every few seconds. Each question is answered from an index or from a small table.

export const readDeadWorkers = statement(
  'read-dead-workers',
  `SELECT id, host, pid, ended_why AS "endedWhy" FROM workers
   WHERE state = 'dead' AND ended_at > clock_timestamp() - $1 * interval '1 ms' ORDER BY ended_at DESC LIMIT $2`,
);

export const readSkewedWorkers = statement(
  'read-skewed-workers',
  `SELECT id, host, pid, skew_ms AS "skewMs" FROM workers
   WHERE state IN ('alive', 'draining') AND abs(skew_ms) >= $1 ORDER BY id LIMIT $2`,
);

/** From each pool to the next one, by the index of the runs that are handed out, or of those that are not. */
const poolsOf = (handedOut: 'NULL' | 'NOT NULL') => `
  (SELECT pool FROM runs WHERE state = 'queued' AND handed_out_at IS ${handedOut} ORDER BY pool LIMIT 1)
  UNION ALL
  SELECT (SELECT r.pool FROM runs r WHERE r.state = 'queued' AND r.handed_out_at IS ${handedOut} AND r.pool > p.pool
    ORDER BY r.pool LIMIT 1)
  FROM p WHERE p.pool IS NOT NULL`;

/** Since when the run that is due longest waits: one that was planned late waits since then. */
const waitsSince = (handedOut: 'NULL' | 'NOT NULL') => `
  (SELECT greatest(r.due_at, r.created_at) FROM runs r
   WHERE r.state = 'queued' AND r.handed_out_at IS ${handedOut} AND r.pool = w.pool ORDER BY r.due_at LIMIT 1)`;

/** Pools whose oldest run has waited for $1 ms or longer. */
export const readWaitingPools = statement(
  'read-waiting-pools',
  `WITH RECURSIVE inside (pool) AS (WITH RECURSIVE p (pool) AS (${poolsOf('NULL')}) SELECT pool FROM p),
     outside (pool) AS (WITH RECURSIVE p (pool) AS (${poolsOf('NOT NULL')}) SELECT pool FROM p),
     waiting AS (
       SELECT w.pool, least(${waitsSince('NULL')}, ${waitsSince('NOT NULL')}) AS since
       FROM (SELECT pool FROM inside UNION SELECT pool FROM outside) AS w WHERE w.pool IS NOT NULL
     )
   SELECT w.pool, floor(extract(epoch FROM clock_timestamp() - w.since) * 1000)::bigint AS "waitedMs",
     EXISTS (SELECT 1 FROM workers k WHERE k.state = 'alive' AND k.pools @> ARRAY[w.pool]) AS "hasWorker"
   FROM waiting w WHERE w.since <= clock_timestamp() - $1 * interval '1 ms' ORDER BY w.pool LIMIT $2`,
);

export const readBlockedJobs = statement(
  'read-blocked-jobs',
  `SELECT j.slug, s.blocked_why AS "blockedWhy" FROM schedules s JOIN jobs j ON j.id = s.job_id
   WHERE s.blocked_at IS NOT NULL AND j.deleted_at IS NULL ORDER BY s.job_id LIMIT $1`,
);

/** The last one of each job. */
export const readGivenUpRuns = statement(
  'read-given-up-runs',
  `SELECT DISTINCT ON (r.job_id) j.slug, r.id AS "runId", r.losses FROM runs r JOIN jobs j ON j.id = r.job_id
   WHERE r.reason = 'replay_cap' AND r.settled_at > (SELECT clock_timestamp() - $1 * interval '1 ms')
   ORDER BY r.job_id, r.settled_at DESC LIMIT $2`,
);

export const readOldestUnpublished = statement(
  'read-oldest-unpublished',
  `SELECT floor(extract(epoch FROM clock_timestamp() - min(e.at)) * 1000)::bigint AS "waitedMs"
   FROM generate_series(0, $1::int - 1) AS n (lane) CROSS JOIN LATERAL (
     SELECT at FROM events WHERE lane = n.lane AND stream_seq IS NULL AND refused_why IS NULL
     ORDER BY order_number LIMIT 1) AS e`,
);
