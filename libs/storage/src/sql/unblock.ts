import { heldRoomMs } from '@flotilla/domain';
import { statement } from '../statement.ts';
import { isBlocked } from './by-id.ts';
import { tellRuns } from './run-facts.ts';
import { holdsRoom } from './standings.ts';

/** GA-2: `admit-blocked` waits no longer than this for a gate. */
const briefMs = 200;

/** What unblocking decides on (domain: `BlockedRun`), of the runs whose ids are in `chosen`. */
const blockedRuns = `SELECT r.id, r.job_id AS "jobId", r.pool, r.priority, r.due_at AS "dueAt", r.blocked_by AS by,
     r.attempt > 0 AS "hasStarted", j.overlap, p.capacity IS NOT NULL AS "isCapped"
   FROM chosen c JOIN runs r ON r.id = c.id JOIN jobs j ON j.id = r.job_id JOIN pools p ON p.name = r.pool`;

/** GA-2: the first that waits for others of each job $1, and the first $3 that wait for room in each pool $2. */
export const readBlockedBehind = statement(
  'read-blocked-behind',
  `WITH chosen AS MATERIALIZED (
     SELECT first.id FROM unnest($1::uuid[]) AS own (job_id) CROSS JOIN LATERAL (
       SELECT r.id FROM runs r WHERE r.job_id = own.job_id AND r.state = 'blocked' AND r.blocked_by = 'overlap'
       ORDER BY r.priority DESC, r.due_at, r.id LIMIT 1) AS first
     UNION
     SELECT first.id FROM unnest($2::text[]) AS own (pool) CROSS JOIN LATERAL (
       SELECT r.id FROM runs r WHERE r.pool = own.pool AND r.state = 'blocked' AND r.blocked_by = 'pool'
       ORDER BY r.priority DESC, r.due_at, r.id LIMIT $3) AS first
   )
   ${blockedRuns}`,
);

/**
 * HO-3, GA-3: queued again, to be handed out at once, with room that is held. TX-2: one that somebody holds is passed over
 * and stays for `admit-blocked`: an edit may hold it and wait for what the settler holds.
 */
export const unblockRuns = statement(
  'unblock-runs',
  `WITH locked AS (
     SELECT r.id FROM runs r WHERE r.id = ANY ($1::uuid[]) AND ${isBlocked('r')} ORDER BY r.id FOR NO KEY UPDATE SKIP LOCKED
   ), changed AS (
     UPDATE runs r SET state = 'queued', blocked_by = NULL, handed_out_at = NULL, version = r.version + 1,
       held_until = date_trunc('milliseconds', clock_timestamp()) + interval '${heldRoomMs} ms'
     FROM locked l WHERE r.id = l.id RETURNING r.*
   ), told AS (${tellRuns("'run.unblocked'")})
   SELECT id FROM changed`,
);

/** What blocked runs wait for now. A mark: who waits for room has a place in its pool's line. */
export const markBlocked = statement(
  'mark-blocked',
  `WITH moved AS (SELECT * FROM unnest($1::uuid[], $2::text[]) AS moved (id, blocked_by)),
   locked AS (
     SELECT r.id, m.blocked_by FROM runs r JOIN moved m ON m.id = r.id WHERE ${isBlocked('r')}
     ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
   )
   UPDATE runs r SET blocked_by = l.blocked_by FROM locked l WHERE r.id = l.id`,
);

const countsAsRunning = "r.state = 'running'";
const countsAsAgain = "r.state IN ('queued', 'blocked') AND r.attempt > 0";
const isInJob = (standing: string) => `EXISTS (SELECT 1 FROM runs r WHERE r.job_id = j.id AND (${standing}))`;

/**
 * The blocked runs that may go on, as far as can be seen without a gate, $1 of them at most: of each pool as many as it
 * has free rooms; of each job that is not busy the first one (domain: `decideOverlap`). None is hidden behind others
 * whose job is busy, however many these are. From pool to pool and from job to job, so that the rest is not read.
 */
export const findAdmissible = statement(
  'find-admissible',
  `WITH RECURSIVE waiting_pools (pool) AS (
     (SELECT pool FROM runs WHERE state = 'blocked' AND blocked_by = 'pool' ORDER BY pool LIMIT 1)
     UNION ALL
     SELECT (SELECT r.pool FROM runs r WHERE r.state = 'blocked' AND r.blocked_by = 'pool' AND r.pool > w.pool
       ORDER BY r.pool LIMIT 1)
     FROM waiting_pools w WHERE w.pool IS NOT NULL
   ), waiting_jobs (job_id) AS (
     (SELECT job_id FROM runs WHERE state = 'blocked' AND blocked_by = 'overlap' ORDER BY job_id LIMIT 1)
     UNION ALL
     SELECT (SELECT r.job_id FROM runs r WHERE r.state = 'blocked' AND r.blocked_by = 'overlap' AND r.job_id > w.job_id
       ORDER BY r.job_id LIMIT 1)
     FROM waiting_jobs w WHERE w.job_id IS NOT NULL
   ), free (pool, rooms) AS (
     SELECT p.name, COALESCE(p.capacity - (SELECT count(*) FROM runs r WHERE r.pool = p.name
       AND (r.state = 'running' OR (r.held_until IS NOT NULL AND ${holdsRoom('r')}))), $1)
     FROM waiting_pools w JOIN pools p ON p.name = w.pool
   )
   (SELECT first.id, free.pool FROM free CROSS JOIN LATERAL (
      SELECT r.id FROM runs r WHERE r.pool = free.pool AND r.state = 'blocked' AND r.blocked_by = 'pool'
      ORDER BY r.priority DESC, r.due_at, r.id LIMIT LEAST(free.rooms, $1)) AS first
    WHERE free.rooms > 0 LIMIT $1)
   UNION ALL
   (SELECT first.id, first.pool FROM waiting_jobs w JOIN jobs j ON j.id = w.job_id CROSS JOIN LATERAL (
      SELECT r.id, r.pool FROM runs r WHERE r.job_id = j.id AND r.state = 'blocked' AND r.blocked_by = 'overlap'
      ORDER BY r.priority DESC, r.due_at, r.id
      LIMIT CASE WHEN j.overlap IN ('allow', 'skip') THEN $1 ELSE 1 END) AS first
    WHERE CASE j.overlap
      WHEN 'queue' THEN NOT ${isInJob(`${countsAsRunning} OR ${countsAsAgain} OR (r.held_until IS NOT NULL AND ${holdsRoom('r')}) OR (r.state = 'blocked' AND r.blocked_by = 'pool')`)}
      WHEN 'latest' THEN NOT ${isInJob(`${countsAsRunning} OR ${countsAsAgain}`)}
      WHEN 'cancel' THEN NOT ${isInJob(countsAsRunning)}
      ELSE true END LIMIT $1)
   LIMIT $1`,
);

/** TX-1: asked once their gates are held; what has gone on since is left out. */
export const readBlocked = statement(
  'read-blocked',
  `WITH chosen AS (SELECT unnest($1::uuid[]) AS id)
   ${blockedRuns} WHERE ${isBlocked('r')}`,
);

/** For this transaction: whose gate is busy is not waited for. */
export const waitBriefly = statement('wait-briefly', `SET LOCAL lock_timeout = '${briefMs} ms'`);
