import { statement } from '../statement.ts';

/**
 * What is in force on this very session, in the units of `pg_settings`. Connections come from the counters by database,
 * which every user may read.
 */
export const readServerSettings = statement(
  'read-server-settings',
  `SELECT clock_timestamp() AS now, pg_backend_pid() AS "backendPid", pg_is_in_recovery() AS "isStandby",
     (SELECT sum(numbackends) FROM pg_stat_database) AS connections,
     (SELECT jsonb_object_agg(name, setting) FROM pg_settings WHERE name = ANY ($1)) AS settings`,
);

export const listZonesInUse = statement(
  'list-zones-in-use',
  `SELECT r.document -> 'schedule' ->> 'zone' AS zone, count(*) AS jobs
   FROM jobs j JOIN job_revisions r ON r.job_id = j.id AND r.revision = j.revision
   WHERE j.deleted_at IS NULL AND r.document -> 'schedule' ->> 'zone' IS NOT NULL
   GROUP BY 1 ORDER BY 1`,
);
