import { statement } from '../statement.ts';

/** In the place of the root of endings that count beside whatever the other parents end with. */
export const anyRoot = '00000000-0000-0000-0000-000000000000';

/** GA-1: what changes a job's endings holds its join, and locks it before anything else. */
export const lockJoins = statement(
  'lock-joins',
  `SELECT id FROM gates WHERE id = ANY (ARRAY(SELECT 'join:' || id FROM unnest($1::uuid[]) AS id))
   ORDER BY id FOR NO KEY UPDATE`,
);

export const ensureJoin = statement(
  'ensure-join',
  "INSERT INTO gates (id) VALUES ('join:' || $1::uuid) ON CONFLICT DO NOTHING",
);

/** What waits for jobs $1 (domain: `WaitingEnding`): all that counts already, and what is bound to the roots $2. */
export const readEndings = statement(
  'read-endings',
  `SELECT e.job_id AS "jobId", e.parent_id AS "parentJobId", e.run_id AS "runId", e.root_id <> '${anyRoot}' AS "isBound",
     COALESCE(r.root_id, e.run_id) AS "rootId", COALESCE(r.depth, 0) AS depth
   FROM endings e LEFT JOIN runs r ON r.id = e.run_id
   WHERE e.job_id = ANY ($1::uuid[]) AND (e.root_id = '${anyRoot}' OR e.root_id = ANY ($2::uuid[]))
   ORDER BY e.job_id, e.root_id, e.parent_id`,
);

/** Which parents of jobs $1 may have runs below the runs $2: the job of that run, and all that descend from it. */
export const readKin = statement(
  'read-kin',
  `WITH RECURSIVE above (job_id, parent_id, id) AS (
     SELECT t.job_id, t.parent_id, t.parent_id FROM triggers t WHERE t.job_id = ANY ($1::uuid[])
     UNION
     SELECT a.job_id, a.parent_id, t.parent_id FROM above a JOIN triggers t ON t.job_id = a.id
   )
   SELECT a.job_id AS "jobId", r.id AS "rootId", a.parent_id AS "parentJobId"
   FROM runs r JOIN above a ON a.id = r.job_id WHERE r.id = ANY ($2::uuid[])`,
);

/** The rows ($1, $2, $3) go, the rows ($4, $5, $6) with their runs $7 come, or take the place of others. */
export const writeEndings = statement(
  'write-endings',
  `WITH gone AS (
     DELETE FROM endings e USING unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS g (job_id, root_id, parent_id)
     WHERE e.job_id = g.job_id AND e.root_id = g.root_id AND e.parent_id = g.parent_id
   )
   INSERT INTO endings (job_id, root_id, parent_id, run_id)
   SELECT * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[])
   ON CONFLICT (job_id, root_id, parent_id) DO UPDATE SET run_id = EXCLUDED.run_id, ended_at = clock_timestamp()`,
);

/** Of the parents $2 alone something is still waited for. */
export const keepEndings = statement(
  'keep-endings',
  'DELETE FROM endings WHERE job_id = $1 AND parent_id <> ALL ($2::uuid[])',
);
