import { statement } from '../statement.ts';

/**
 * EV-2: the oldest of a lane. An entity's versions have rising order numbers, so its lowest comes first. EV-3: nothing
 * while the lane has marks of an earlier life of the stream.
 */
export const readUnpublished = statement(
  'read-unpublished',
  `WITH life AS MATERIALIZED (
     SELECT p.epoch FROM epochs p JOIN stream_lanes l ON l.cleared_epoch = p.epoch WHERE p.name = 'stream' AND l.lane = $1
   )
   SELECT e.entity_id AS "entityId", e.version, e.entity, e.type, e.job_id AS "jobId", e.data, e.at,
     (SELECT epoch FROM life) AS epoch
   FROM events e
   WHERE EXISTS (SELECT 1 FROM life) AND e.lane = $1 AND e.stream_seq IS NULL AND e.refused_why IS NULL
   ORDER BY e.order_number LIMIT $2`,
);

/**
 * EV-4: one statement, guarded by the lane's lease number, the row's state and the epoch of the sending. It holds the
 * lease meanwhile: whoever takes the lane, or raises its number, comes before it or after it.
 */
export const markPublished = statement(
  'mark-published',
  `WITH held AS MATERIALIZED (SELECT 1 FROM leases WHERE name = $4 AND number = $5 FOR SHARE),
   sent AS (SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS s (entity_id, version, stream_seq)),
   locked AS (
     SELECT e.entity_id, e.version, s.stream_seq
     FROM sent s JOIN events e ON e.entity_id = s.entity_id AND e.version = s.version
     WHERE e.stream_seq IS NULL
       AND EXISTS (SELECT 1 FROM held)
       AND EXISTS (SELECT 1 FROM epochs WHERE name = 'stream' AND epoch = $6)
     ORDER BY e.entity_id, e.version FOR NO KEY UPDATE OF e SKIP LOCKED
   )
   UPDATE events e SET stream_seq = l.stream_seq, stream_epoch = $6
   FROM locked l WHERE e.entity_id = l.entity_id AND e.version = l.version
   RETURNING e.entity_id AS "entityId", e.version`,
);

/** EV-5: a row that the stream refuses for what it is goes out of the way of the others. */
export const refuseEvent = statement(
  'refuse-event',
  'UPDATE events SET refused_why = $3 WHERE entity_id = $1 AND version = $2 AND stream_seq IS NULL',
);

export const countUnpublished = statement(
  'count-unpublished',
  `SELECT count(*) AS count FROM (SELECT 1 FROM events WHERE stream_seq IS NULL AND refused_why IS NULL LIMIT 100000) AS e`,
);

/**
 * Lanes that have anything to publish, or to clear: an idle fleet asks one small question. Each lane is looked up for
 * itself and in the order of the index, else Postgres reads all that is unpublished, or the whole table, for the first one.
 */
export const listUnpublishedLanes = statement(
  'list-unpublished-lanes',
  `SELECT n.lane, l.cleared_epoch IS NOT DISTINCT FROM p.epoch AS "isCleared"
   FROM epochs p CROSS JOIN generate_series(0, $1::int - 1) AS n (lane) LEFT JOIN stream_lanes l ON l.lane = n.lane
   LEFT JOIN LATERAL (
     SELECT true AS found FROM events e
     WHERE e.lane = n.lane AND e.stream_seq IS NULL AND e.refused_why IS NULL ORDER BY e.order_number LIMIT 1
   ) AS waiting ON true
   WHERE p.name = 'stream' AND (waiting.found OR l.cleared_epoch IS DISTINCT FROM p.epoch)`,
);
