import { statement } from '../statement.ts';
import { anyRoot } from './joins.ts';

/**
 * Each of these takes the rows of one batch: $1 is the instant before which they are old, $2 how many at most, and
 * where rows belong to entities $3, the lowest id that an entity made at $1 may have. Ids are in the order of making:
 * what is old is at the front of the primary key, and no other index need be kept for pruning (LG-2). TX-2: locked in
 * the order of ids; a locked row is in use, and left to the next pass.
 */

/**
 * ED-4: the row of a pause that goes on stays too: it grows, and nothing of it was told yet.
 *
 * ID-3: a job's last settled run stays. Two that prune at once agree on it: settled rows never change. A later one is
 * looked for run by run, newest first, where it is found at once: as an EXISTS the batch was joined with all runs. The
 * order is one that only the index of a job's runs has: those of other jobs are not searched for it.
 */
export const pruneRuns = statement(
  'prune-runs',
  `WITH old AS (
     SELECT r.id FROM runs r
     CROSS JOIN LATERAL (
       SELECT 1 FROM runs
       WHERE job_id BETWEEN r.job_id AND r.job_id AND (settled_at, id) > (r.settled_at, r.id)
       ORDER BY job_id, due_at DESC, id DESC LIMIT 1) AS later
     WHERE r.id < $3 AND greatest(r.settled_at, r.tick_until) < $1 AND r.settled_at IS NOT NULL AND r.version > 0
     ORDER BY r.id LIMIT $2 FOR UPDATE OF r SKIP LOCKED
   ), gone AS (DELETE FROM runs WHERE id = ANY (ARRAY(SELECT id FROM old)) RETURNING 1)
   SELECT count(*) AS count FROM gone`,
);

/** What a try wrote is emptied; how much it was stays. */
export const pruneOutputs = statement(
  'prune-outputs',
  `WITH old AS (
     SELECT run_id, number FROM attempts
     WHERE run_id < $3 AND NOT output_pruned AND ended_at < $1
     ORDER BY run_id, number LIMIT $2 FOR UPDATE SKIP LOCKED
   ), emptied AS (
     UPDATE attempts a SET stdout = '', stderr = '', output_pruned = true
     FROM old o WHERE a.run_id = o.run_id AND a.number = o.number RETURNING 1)
   SELECT count(*) AS count FROM emptied`,
);

/** EV-1: unpublished events are never pruned, those that the stream refuses among them. */
export const pruneEvents = statement(
  'prune-events',
  `WITH old AS (
     SELECT entity_id, version FROM events
     WHERE entity_id < $3 AND at < $1 AND stream_seq IS NOT NULL
     ORDER BY entity_id, version LIMIT $2 FOR UPDATE SKIP LOCKED
   ), gone AS (
     DELETE FROM events e USING old o WHERE e.entity_id = o.entity_id AND e.version = o.version RETURNING 1)
   SELECT count(*) AS count FROM gone`,
);

/** Open ones stay, however old they are. */
export const pruneAlarms = statement(
  'prune-alarms',
  `WITH old AS (
     SELECT id FROM alarms WHERE resolved_at < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
   ), gone AS (DELETE FROM alarms a USING old o WHERE a.id = o.id RETURNING 1)
   SELECT count(*) AS count FROM gone`,
);

/** What counts beside any other ending stays: there is one of each parent. */
export const pruneEndings = statement(
  'prune-endings',
  `WITH old AS (
     SELECT job_id, root_id, parent_id FROM endings WHERE ended_at < $1 AND root_id <> '${anyRoot}'
     ORDER BY job_id, root_id, parent_id LIMIT $2 FOR UPDATE SKIP LOCKED
   ), gone AS (
     DELETE FROM endings e USING old o
     WHERE (e.job_id, e.root_id, e.parent_id) = (o.job_id, o.root_id, o.parent_id) RETURNING 1)
   SELECT count(*) AS count FROM gone`,
);

/** Those that are in the fleet stay, whatever their age. */
export const pruneWorkers = statement(
  'prune-workers',
  `WITH old AS (
     SELECT id FROM workers WHERE ended_at < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
   ), gone AS (DELETE FROM workers w USING old o WHERE w.id = o.id RETURNING 1)
   SELECT count(*) AS count FROM gone`,
);

/** The default partition's; those of a day that has a partition go with it. */
export const pruneStrayLogChunks = statement(
  'prune-stray-log-chunks',
  `WITH old AS (
     SELECT run_id, attempt, stream, seq, day FROM log_chunks_rest WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date
     ORDER BY run_id, attempt, stream, seq LIMIT $2 FOR UPDATE SKIP LOCKED
   ), gone AS (
     DELETE FROM log_chunks_rest c USING old o
     WHERE (c.run_id, c.attempt, c.stream, c.seq, c.day) = (o.run_id, o.attempt, o.stream, o.seq, o.day) RETURNING 1)
   SELECT count(*) AS count FROM gone`,
);

/** The name is made of a day, never of text of users; another replica may have been faster. */
export const dropLogPartition = (name: string) => statement('', `DROP TABLE IF EXISTS ${name}`);
