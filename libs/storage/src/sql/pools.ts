import { statement } from '../statement.ts';

/** TX-1: who makes or deletes pools counts them, so it holds this first. Freed by the end of the transaction. */
export const lockPools = statement('lock-pools', "SELECT pg_advisory_xact_lock(hashtext('flotilla pools'))");

/** GA-1: whoever counts in a pool holds its gate, and so does whoever changes what is counted against. */
export const ensurePoolGate = statement(
  'ensure-pool-gate',
  "INSERT INTO gates (id) VALUES ('pool:' || $1::text) ON CONFLICT DO NOTHING",
);
export const lockPoolGate = statement(
  'lock-pool-gate',
  "SELECT id FROM gates WHERE id = 'pool:' || $1::text FOR NO KEY UPDATE",
);

/** A pool that a job is put into cannot be deleted before the job is there. */
export const lockPoolForJob = statement(
  'lock-pool-for-job',
  'SELECT name FROM pools WHERE name = $1 FOR KEY SHARE',
);
export const lockPoolForDelete = statement(
  'lock-pool-for-delete',
  'SELECT name FROM pools WHERE name = $1 FOR UPDATE',
);

export const listPoolNames = statement('list-pool-names', 'SELECT name FROM pools ORDER BY name');

export const insertPool = statement('insert-pool', 'INSERT INTO pools (name, capacity) VALUES ($1, $2)');

export const setPoolCapacity = statement(
  'set-pool-capacity',
  `UPDATE pools SET capacity = $2, changed_at = clock_timestamp()
   WHERE name = $1 AND capacity IS DISTINCT FROM $2::int RETURNING name`,
);

const countRuns = (condition: string) =>
  `(SELECT count(*) FROM runs r WHERE r.pool = p.name AND ${condition})`;

/** Each count has a partial index; those of queued runs are two. */
const countDue = (handedOut: 'NULL' | 'NOT NULL') =>
  countRuns(
    `r.state = 'queued' AND r.handed_out_at IS ${handedOut} AND r.due_at <= (SELECT clock_timestamp())`,
  );

const poolColumns = `p.name, p.capacity, p.changed_at AS "changedAt",
  ${countRuns("r.state = 'running'")} AS running,
  ${countRuns("r.state = 'blocked' AND r.blocked_by = 'pool'")} AS waiting,
  ${countDue('NULL')} + ${countDue('NOT NULL')} AS due,
  serving.workers, serving.slots`;

const presentPools = `pools p CROSS JOIN LATERAL (
    SELECT count(*) AS workers, COALESCE(sum(k.slots), 0)::int AS slots
    FROM workers k WHERE k.state = 'alive' AND k.pools @> ARRAY[p.name]) AS serving`;

export const listPools = statement(
  'list-pools',
  `SELECT ${poolColumns} FROM ${presentPools} ORDER BY p.name`,
);
export const readPool = statement(
  'read-pool',
  `SELECT ${poolColumns} FROM ${presentPools} WHERE p.name = $1`,
);

/** What stands in the way of a deletion: jobs that are there, the first $2 of them by name, and runs that are open. */
export const readPoolUse = statement(
  'read-pool-use',
  `SELECT
     ARRAY(SELECT slug FROM jobs WHERE pool = $1 AND deleted_at IS NULL ORDER BY slug LIMIT $2) AS jobs,
     (SELECT count(*) FROM jobs WHERE pool = $1 AND deleted_at IS NULL) AS "jobCount",
     (SELECT count(*) FROM runs
      WHERE pool = $1 AND state IN ('queued', 'running', 'blocked', 'awaiting_approval')) AS "runCount"`,
);

/** Jobs that were deleted stay, and name a pool that is there. */
export const deletePool = statement(
  'delete-pool',
  `WITH history AS (UPDATE jobs SET pool = $2 WHERE pool = $1 AND deleted_at IS NOT NULL RETURNING id),
     gate AS (DELETE FROM gates WHERE id = 'pool:' || $1::text)
   DELETE FROM pools WHERE name = $1`,
);
