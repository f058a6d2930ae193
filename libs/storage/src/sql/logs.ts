import { statement } from '../statement.ts';

/** LG-1: a chunk that was written before its reply was lost is not written twice. */
export const insertLogChunks = statement(
  'insert-log-chunks',
  `INSERT INTO log_chunks (day, run_id, attempt, stream, seq, at, gzip)
   SELECT (c.at AT TIME ZONE 'UTC')::date, c.run_id, c.attempt, c.stream, c.seq, c.at, c.gzip
   FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::timestamptz[], $6::bytea[])
     AS c (run_id, attempt, stream, seq, at, gzip)
   ON CONFLICT DO NOTHING`,
);

/** A page in the order of writing, the streams side by side; `($4, $5, $6, $7)` is the last chunk of the page before. */
export const readLogChunks = statement(
  'read-log-chunks',
  `SELECT attempt, stream, seq, at, gzip FROM log_chunks
   WHERE run_id = $1 AND ($2::text IS NULL OR stream = $2) AND ($3::int IS NULL OR attempt = $3)
     AND ($4::int IS NULL OR (attempt, at, stream, seq) > ($4, $5::timestamptz, $6::text, $7::int))
   ORDER BY attempt, at, stream, seq LIMIT $8`,
);

/**
 * A page of one attempt from a chunk of each stream on, in the order of writing; within a stream always by number, also
 * where the worker's clock was stepped. A page of both holds nothing that is not in the first so many of either.
 */
export const readLogTail = statement(
  'read-log-tail',
  `SELECT attempt, stream, seq, at, gzip FROM (
     (SELECT attempt, stream, seq, at, gzip FROM log_chunks
      WHERE run_id = $1 AND attempt = $2 AND stream = 'stdout' AND seq >= $3 ORDER BY seq LIMIT $5)
     UNION ALL
     (SELECT attempt, stream, seq, at, gzip FROM log_chunks
      WHERE run_id = $1 AND attempt = $2 AND stream = 'stderr' AND seq >= $4 ORDER BY seq LIMIT $5)
   ) AS next
   ORDER BY max(at) OVER (PARTITION BY stream ORDER BY seq), stream, seq LIMIT $5`,
);

/** Those of days: the default one stays whatever happens. */
export const listLogPartitions = statement(
  'list-log-partitions',
  `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent = 'log_chunks'::regclass AND c.oid <> 'log_chunks_rest'::regclass`,
);

/** The day is a number of ours, never text of users: a partition's bounds cannot be parameters. */
export const createLogPartition = (name: string, day: string, nextDay: string) =>
  statement('', `CREATE TABLE ${name} PARTITION OF log_chunks FOR VALUES FROM ('${day}') TO ('${nextDay}')`);
