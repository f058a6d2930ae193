import { statement } from '../statement.ts';

/** EV-3: what a lane knows of the stream. A lane that nobody has looked at yet has no row. */
export const readLaneLife = statement(
  'read-lane-life',
  `SELECT p.epoch, COALESCE(l.cleared_epoch, p.epoch) AS "clearedEpoch", clock_timestamp() AS now
   FROM epochs p LEFT JOIN stream_lanes l ON l.lane = $1 WHERE p.name = 'stream'`,
);

/** EV-3: of the events that the stream is believed to have, the one that came there last, up to a place. */
export const readLastMark = statement(
  'read-last-mark',
  `SELECT entity_id AS "entityId", version, at, stream_epoch AS epoch, stream_seq AS sequence FROM events
   WHERE lane = $1 AND stream_seq IS NOT NULL AND (stream_epoch, stream_seq) <= ($2::int, $3::bigint)
   ORDER BY stream_epoch DESC, stream_seq DESC LIMIT 1`,
);

/** EV-3: by one of those who saw it. */
export const raiseStreamEpoch = statement(
  'raise-stream-epoch',
  `UPDATE epochs SET epoch = epoch + 1 WHERE name = 'stream' AND epoch = $1 RETURNING epoch`,
);

const held = (name: string, number: string) =>
  `held AS MATERIALIZED (SELECT 1 FROM leases WHERE name = ${name} AND number = ${number} FOR SHARE)`;

/**
 * EV-3, EV-4: the next marks of a lane, from the last one downwards, become unpublished by the lane's holder; those of
 * events that are older than the stream keeps any stay. The row says where to go on.
 */
export const clearLaneMarks = statement(
  'clear-lane-marks',
  `WITH ${held('$1', '$2')},
   chosen AS MATERIALIZED (
     SELECT entity_id, version, at, stream_epoch, stream_seq FROM events
     WHERE EXISTS (SELECT 1 FROM held) AND lane = $3 AND stream_seq IS NOT NULL
       AND (stream_epoch, stream_seq) > ($4::int, $5::bigint) AND (stream_epoch, stream_seq) <= ($6::int, $7::bigint)
     ORDER BY stream_epoch DESC, stream_seq DESC LIMIT $9
   ), locked AS (
     SELECT e.entity_id, e.version FROM events e JOIN chosen c ON c.entity_id = e.entity_id AND c.version = e.version
     WHERE c.at > $8 ORDER BY e.entity_id, e.version FOR NO KEY UPDATE OF e
   ), changed AS (
     UPDATE events e SET stream_seq = NULL, stream_epoch = NULL FROM locked l
     WHERE e.entity_id = l.entity_id AND e.version = l.version RETURNING 1
   )
   SELECT (SELECT count(*) FROM changed) AS cleared, (SELECT count(*) FROM chosen) AS seen,
     (SELECT count(*) FROM held) > 0 AS "isHeld", c.stream_epoch AS epoch, c.stream_seq AS sequence
   FROM (SELECT 1) AS one LEFT JOIN chosen c ON true
   ORDER BY c.stream_epoch, c.stream_seq LIMIT 1`,
);

/** EV-3: from now on the lane may be sent from, in this epoch. */
export const finishLane = statement(
  'finish-lane',
  `WITH ${held('$1', '$2')}
   INSERT INTO stream_lanes AS l (lane, cleared_epoch) SELECT $3, $4 WHERE EXISTS (SELECT 1 FROM held)
   ON CONFLICT (lane) DO UPDATE SET cleared_epoch = GREATEST(l.cleared_epoch, excluded.cleared_epoch)`,
);
