import { statement } from '../statement.ts';

/** $1: how long ago a sign of life still counts, in milliseconds. A lease that was given back counts for nobody. */
export const readPresence = statement(
  'read-presence',
  `SELECT count(*) FILTER (WHERE w.beat_at > i.since) AS workers, count(*) FILTER (WHERE w.beat_at <= i.since) AS "silentWorkers",
     (SELECT count(DISTINCT l.holder) FROM leases l WHERE l.until > max(i.since)) AS schedulers
   FROM (SELECT clock_timestamp() - $1 * interval '1 ms' AS since) AS i
   LEFT JOIN workers w ON w.state IN ('alive', 'draining')`,
);
