import { statement } from '../statement.ts';
import { laneOf } from './run-facts.ts';

/** All who change alarms one after another: two who see the same raise it once. Freed by the end of the transaction. */
export const lockAlarms = statement(
  'lock-alarms',
  "SELECT pg_advisory_xact_lock(hashtext('flotilla alarms'))",
);

export const readOpenAlarms = statement(
  'read-open-alarms',
  'SELECT id, kind, subject, message, seen_at AS "seenAt" FROM alarms WHERE resolved_at IS NULL ORDER BY id',
);

/** EV-1: one event for each row of the CTE `changed`, which holds whole rows of alarms. */
const tellAlarms = (type: 'alarm.raised' | 'alarm.resolved') => `
INSERT INTO events (entity_id, version, entity, type, data, lane)
SELECT c.id, c.version, 'alarm', '${type}', jsonb_build_object(
  'alarm', c.id, 'kind', c.kind, 'subject', c.subject, 'message', c.message, 'version', c.version,
  'raisedAt', c.raised_at, 'resolvedAt', c.resolved_at), ${laneOf('c.id')}
FROM changed c`;

export const raiseAlarms = statement(
  'raise-alarms',
  `WITH changed AS (
     INSERT INTO alarms (id, kind, subject, message)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
     ON CONFLICT (kind, subject) WHERE resolved_at IS NULL DO NOTHING RETURNING *
   ), told AS (${tellAlarms('alarm.raised')})
   SELECT kind, subject, message FROM changed`,
);

/** No event: that an alarm goes on is no fact of its own. */
export const keepAlarms = statement(
  'keep-alarms',
  `UPDATE alarms a SET seen_at = clock_timestamp(), message = k.message
   FROM unnest($1::uuid[], $2::text[]) AS k (id, message) WHERE a.id = k.id AND a.resolved_at IS NULL`,
);

export const resolveAlarms = statement(
  'resolve-alarms',
  `WITH changed AS (
     UPDATE alarms SET resolved_at = clock_timestamp(), version = version + 1
     WHERE id = ANY ($1::uuid[]) AND resolved_at IS NULL RETURNING *
   ), told AS (${tellAlarms('alarm.resolved')})
   SELECT kind, subject, message FROM changed`,
);

/** Open ones first. $1: those too that were resolved; $2: how many at most. */
export const listAlarms = statement(
  'list-alarms',
  `SELECT id, kind, subject, message, raised_at AS "raisedAt", seen_at AS "seenAt", resolved_at AS "resolvedAt"
   FROM alarms WHERE resolved_at IS NULL OR $1::bool
   ORDER BY resolved_at DESC NULLS FIRST, raised_at DESC, id LIMIT $2`,
);
