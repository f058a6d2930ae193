import { statement } from '../statement.ts';
import { laneOf } from './run-facts.ts';

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
export const lockSchedule = statement(
  'lock-schedule',
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

export const ensureGate = statement(
  'ensure-gate',
  "INSERT INTO gates (id) VALUES ('job:' || $1::uuid) ON CONFLICT DO NOTHING",
);

/** Jobs by their slugs, of those that are there. */
export const findJobs = statement(
  'find-jobs',
  'SELECT id AS "jobId", slug FROM jobs WHERE slug = ANY ($1) AND deleted_at IS NULL',
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
