import { statement } from '../statement.ts';

/** ED-5: graph edits one after another, so that two at once cannot close a cycle. Freed by the end of the transaction. */
export const lockTriggerGraph = statement(
  'lock-trigger-graph',
  "SELECT pg_advisory_xact_lock(hashtext('flotilla triggers'))",
);

/** The rule of a job on the ends of its parents; without any it runs after nobody. */
export const setTriggers = statement(
  'set-triggers',
  `WITH gone AS (DELETE FROM triggers WHERE job_id = $1 AND parent_id <> ALL ($2::uuid[]))
   INSERT INTO triggers (job_id, parent_id, needs_all, on_end, contains, matches, delay_ms)
   SELECT $1, parent_id, $3, $4, $5, $6, $7 FROM unnest($2::uuid[]) AS parent_id
   ON CONFLICT (job_id, parent_id) DO UPDATE
     SET needs_all = $3, on_end = $4, contains = $5, matches = $6, delay_ms = $7`,
);

/** Who waits for whom, from these jobs upwards: every trigger once, whatever ways lead to it. */
export const readTriggersAbove = statement(
  'read-triggers-above',
  `WITH RECURSIVE above (id) AS (
     SELECT unnest($1::uuid[])
     UNION
     SELECT t.parent_id FROM above a JOIN triggers t ON t.job_id = a.id
   )
   SELECT j.slug, p.slug AS parent
   FROM above a JOIN triggers t ON t.job_id = a.id JOIN jobs j ON j.id = t.job_id JOIN jobs p ON p.id = t.parent_id
   ORDER BY j.slug, p.slug`,
);

/** How many triggers deep the longest chain below a job is, cut at `$2`. */
export const readDepthBelow = statement(
  'read-depth-below',
  `WITH RECURSIVE below (id, depth) AS (
     SELECT $1::uuid, 0
     UNION
     SELECT t.job_id, b.depth + 1 FROM below b JOIN triggers t ON t.parent_id = b.id WHERE b.depth < $2
   )
   SELECT max(depth) AS depth FROM below`,
);

/** Which of these jobs have $3 children or more, $2 aside. */
export const findCrowdedParents = statement(
  'find-crowded-parents',
  `SELECT p.slug FROM triggers t JOIN jobs p ON p.id = t.parent_id
   WHERE t.parent_id = ANY ($1::uuid[]) AND t.job_id IS DISTINCT FROM $2::uuid
   GROUP BY p.slug HAVING count(*) >= $3`,
);

export const readChildren = statement(
  'read-children',
  `SELECT j.id AS "jobId", j.slug FROM triggers t JOIN jobs j ON j.id = t.job_id JOIN jobs p ON p.id = t.parent_id
   WHERE p.slug = $1 AND p.deleted_at IS NULL AND j.deleted_at IS NULL ORDER BY j.slug`,
);
