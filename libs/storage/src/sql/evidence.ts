import { statement } from '../statement.ts';

/** LV-5: nobody's silence is judged here, so that no number is compared: the process was seen to end. */
export const declareDeadByEvidence = statement(
  'declare-dead-by-evidence',
  `UPDATE workers SET state = 'dead', death = 'evidence', ended_at = clock_timestamp(), ended_why = $2, in_hand = 0
   WHERE id = $1 AND state IN ('alive', 'draining')
   RETURNING id`,
);
