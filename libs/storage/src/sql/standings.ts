import { heldRoomMs } from '@flotilla/domain';
import { statement } from '../statement.ts';

/** GA-3, TX-6: a room is held until its time; one that lies further ahead than rooms are held is over too. */
export const holdsRoom = (run: string) =>
  `(${run}.held_until > clock_timestamp() AND ${run}.held_until <= clock_timestamp() + interval '${heldRoomMs} ms')`;

/** Of the jobs of the runs in $1, and of their pools where they have a cap. */
const gatesOfRuns = `
     SELECT 'job:' || r.job_id FROM runs r WHERE r.id = ANY ($1::uuid[])
     UNION ALL
     SELECT 'pool:' || r.pool FROM runs r JOIN pools p ON p.name = r.pool
     WHERE r.id = ANY ($1::uuid[]) AND p.capacity IS NOT NULL`;

/**
 * GA-1: the gates of what is counted for runs. TX-1: a statement of its own, in id order; gates are waited for (TX-2).
 */
export const lockGates = statement(
  'lock-gates',
  `SELECT id FROM gates WHERE id = ANY (ARRAY(${gatesOfRuns})) ORDER BY id FOR NO KEY UPDATE`,
);

/** GA-1: the same for runs that end, with the gates of those of their children that need all of their parents. */
export const lockGatesOfEnds = statement(
  'lock-gates-of-ends',
  `SELECT id FROM gates WHERE id = ANY (ARRAY(${gatesOfRuns}
     UNION ALL
     SELECT 'join:' || t.job_id FROM runs r JOIN triggers t ON t.parent_id = r.job_id
     WHERE r.id = ANY ($1::uuid[]) AND t.needs_all))
   ORDER BY id FOR NO KEY UPDATE`,
);

/** AD-2: the runs that count for the overlap of jobs (domain: `OtherRun`). */
export const readJobStandings = statement(
  'read-job-standings',
  `SELECT r.job_id AS "jobId", r.id, r.priority, r.due_at AS "dueAt",
     CASE WHEN r.state = 'running' THEN 'running' WHEN r.attempt > 0 THEN 'again'
       WHEN r.state = 'blocked' THEN 'waiting' ELSE 'held' END AS standing
   FROM runs r
   WHERE r.job_id = ANY ($1::uuid[]) AND (
     r.state IN ('running', 'blocked')
     OR (r.state = 'queued' AND (r.attempt > 0 OR r.held_until IS NOT NULL) AND (r.attempt > 0 OR ${holdsRoom('r')})))
   ORDER BY r.id`,
);

/** Pools with a cap as room is counted in them (domain: `PoolStanding`); of those that wait the first $2. */
export const readPoolStandings = statement(
  'read-pool-standings',
  `SELECT p.name, p.capacity,
     (SELECT count(*) FROM runs r WHERE r.pool = p.name AND r.state = 'running') AS running,
     ARRAY(SELECT r.id::text FROM runs r WHERE r.pool = p.name AND r.held_until IS NOT NULL AND ${holdsRoom('r')}) AS held,
     COALESCE((SELECT jsonb_agg(w) FROM (
       SELECT r.id, r.priority, extract(epoch FROM r.due_at) * 1000 AS "dueAt" FROM runs r
       WHERE r.pool = p.name AND r.state = 'blocked' AND r.blocked_by = 'pool'
       ORDER BY r.priority DESC, r.due_at, r.id LIMIT $2) AS w), '[]') AS waiting
   FROM pools p WHERE p.name = ANY ($1) AND p.capacity IS NOT NULL`,
);
