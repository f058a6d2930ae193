import { statement } from '../statement.ts';
import { tellRuns } from './run-facts.ts';

/**
 * HO-3: what waited for its next try is handed out anew. What is due already stays as it is, unless a key is to be
 * remembered (ID-1): the event has it. Rounded, now would lie ahead.
 */
export const makeDueNow = statement(
  'make-due-now',
  `WITH changed AS (
     UPDATE runs SET due_at = LEAST(due_at, date_trunc('milliseconds', clock_timestamp())), handed_out_at = NULL,
       version = version + 1
     WHERE id = $1 AND (due_at > clock_timestamp() OR $3::text IS NOT NULL) RETURNING *
   ), told AS (${tellRuns("'run.requeued'", { actor: '$2::text', request: '$3::text' })})
   SELECT id FROM changed`,
);

/** Whether a request with this key has made the run due now, whatever became of the run since. */
export const readRequest = statement(
  'read-request',
  `SELECT id FROM runs r WHERE r.id = $1 AND EXISTS (
     SELECT 1 FROM events e WHERE e.entity_id = r.id AND e.data ->> 'request' = $2)`,
);
