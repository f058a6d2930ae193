import { statement } from '../statement.ts';

/** Among the newest runs: people give back the end of an id that they have just read. */
export const findRunsByIdEnd = statement(
  'find-runs-by-id-end',
  `SELECT id FROM (SELECT id FROM runs ORDER BY due_at DESC, id DESC LIMIT $2) AS newest
   WHERE replace(id::text, '-', '') LIKE '%' || $1 LIMIT 10`,
);

/** For those who ask again and again: the row alone. */
export const readRunProgress = statement(
  'read-run-progress',
  'SELECT state, reason, attempt FROM runs WHERE id = $1',
);

/** From the partial index of open runs; `due` are the queued ones whose time has come. */
export const countOpenRuns = statement(
  'count-open-runs',
  `SELECT state, count(*) AS count FROM runs WHERE state IN ('queued', 'running', 'blocked', 'awaiting_approval') GROUP BY state
   UNION ALL
   SELECT 'due', count(*) FROM runs WHERE state = 'queued' AND due_at <= clock_timestamp()`,
);
