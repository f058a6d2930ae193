import { statement } from '../statement.ts';
import { laneOf, tellRuns } from './run-facts.ts';

/** ED-5: graph edits one after another, so that two at once cannot close a cycle. Freed by the end of the transaction. */
export const lockTriggerGraph = statement(
  'lock-trigger-graph',
  "SELECT pg_advisory_xact_lock(hashtext('flotilla triggers'))",
);

/** Creations of one slug one after another, so that the second finds what the first has made. */
export const lockSlug = statement(
  'lock-slug',
  "SELECT pg_advisory_xact_lock(hashtext('flotilla slug'), hashtext($1))",
);

export const findJob = statement(
  'find-job',
  'SELECT id AS "jobId" FROM jobs WHERE slug = $1 AND deleted_at IS NULL',
);

/**
 * AD-6: an edit locks the schedule row; a delete locks it FOR UPDATE, against which those who insert runs hold
 * FOR KEY SHARE.
 */
export const lockForEdit = statement(
  'lock-for-edit',
  'SELECT job_id AS "jobId" FROM schedules WHERE job_id = $1 FOR NO KEY UPDATE',
);
export const lockForDelete = statement(
  'lock-for-delete',
  'SELECT job_id AS "jobId" FROM schedules WHERE job_id = $1 FOR UPDATE',
);
export const lockForNewRun = statement(
  'lock-for-new-run',
  'SELECT job_id AS "jobId" FROM schedules WHERE job_id = ANY ($1::uuid[]) ORDER BY job_id FOR KEY SHARE',
);

const jobColumns = `j.id AS "jobId", j.slug, j.revision, j.enabled, j.pool, v.document, s.next_tick_at AS "cursorAt",
  s.blocked_at AS "blockedAt", s.blocked_why AS "blockedWhy", s.paused_at AS "pausedAt", s.paused_until AS "pausedUntil",
  s.paused_by AS "pausedBy", s.paused_why AS "pausedWhy", j.created_at AS "createdAt",
  j.changed_at AS "changedAt", clock_timestamp() AS now`;

const presentJobs = `jobs j
   JOIN job_revisions v ON v.job_id = j.id AND v.revision = j.revision
   JOIN schedules s ON s.job_id = j.id`;

export const readJob = statement(
  'read-job',
  `SELECT ${jobColumns} FROM ${presentJobs} WHERE j.id = $1 AND j.deleted_at IS NULL`,
);

/** By slug; $1 is the last slug of the page before. */
export const listJobs = statement(
  'list-jobs',
  `SELECT ${jobColumns} FROM ${presentJobs}
   WHERE j.deleted_at IS NULL AND ($1::text IS NULL OR j.slug > $1)
     AND ($2::text IS NULL OR v.document -> 'tags' ? $2) AND ($3::bool IS NULL OR j.enabled = $3)
   ORDER BY j.slug LIMIT $4`,
);

export const insertJob = statement(
  'insert-job',
  `WITH job AS (
     INSERT INTO jobs (id, slug, revision, version, enabled, overlap, pool, backlog, priority, start_within_ms)
     VALUES ($1, $2, 1, 0, $3, $4, $5, $10, $11, $12)
   ), revision AS (
     INSERT INTO job_revisions (job_id, revision, document, actor) VALUES ($1, 1, $6, $7)
   )
   INSERT INTO schedules (job_id, kind, next_tick_at) VALUES ($1, $8, $9)`,
);

export const insertRevision = statement(
  'insert-revision',
  `WITH revision AS (
     INSERT INTO job_revisions (job_id, revision, document, actor) VALUES ($1, $2, $6, $7)
   ), job AS (
     UPDATE jobs SET revision = $2, enabled = $3, overlap = $4, pool = $5, backlog = $10, priority = $11,
       start_within_ms = $12, changed_at = clock_timestamp() WHERE id = $1
   )
   UPDATE schedules SET kind = $8, next_tick_at = $9, blocked_at = NULL, blocked_why = NULL WHERE job_id = $1`,
);

/** A change of overlap waits for claims under way: they hold the job FOR KEY SHARE and count nothing. */
export const lockJobAgainstClaims = statement(
  'lock-job-against-claims',
  'SELECT id FROM jobs WHERE id = $1 FOR UPDATE',
);

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

export const ensureGate = statement(
  'ensure-gate',
  "INSERT INTO gates (id) VALUES ('job:' || $1::uuid) ON CONFLICT DO NOTHING",
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

/** Jobs by their slugs, of those that are there. */
export const findJobs = statement(
  'find-jobs',
  'SELECT id AS "jobId", slug FROM jobs WHERE slug = ANY ($1) AND deleted_at IS NULL',
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

export const markJobDeleted = statement(
  'mark-job-deleted',
  `WITH job AS (UPDATE jobs SET deleted_at = clock_timestamp() WHERE id = $1),
     own AS (DELETE FROM triggers WHERE job_id = $1),
     waiting AS (DELETE FROM endings WHERE job_id = $1)
   UPDATE schedules SET next_tick_at = NULL, blocked_at = NULL, blocked_why = NULL, paused_at = NULL,
     paused_until = NULL, paused_by = NULL, paused_why = NULL, pause_range = NULL WHERE job_id = $1`,
);

/** EV-1: a fact about a job raises the job's version, which names the event. */
export const tellJobEvent = statement(
  'tell-job',
  `WITH job AS (UPDATE jobs SET version = version + 1 WHERE id = $1 RETURNING *)
   INSERT INTO events (entity_id, version, entity, type, job_id, data, lane)
   SELECT id, version, 'job', $2, id,
     jsonb_build_object('job', slug, 'jobId', id, 'version', version, 'revision', revision, 'enabled', enabled) || $3::jsonb,
     ${laneOf('id')}
   FROM job`,
);

/** Slugs for "did you mean"; bounded, since a fleet may have a million. */
export const listSlugs = statement(
  'list-slugs',
  'SELECT slug FROM jobs WHERE deleted_at IS NULL ORDER BY slug LIMIT 5000',
);
