import { heldRoomMs } from '@flotilla/domain';
import { statement } from '../statement.ts';
import { isBlocked } from './by-id.ts';
import { tellRuns } from './run-facts.ts';

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
