import { statement } from '../statement.ts';

/** RB-3, RB-4, EV-3: marks of earlier lives are cleared by whoever finds `cleared` or a lane behind. */
export const raiseEpochs = statement(
  'raise-epochs',
  'UPDATE epochs SET epoch = epoch + $1, tide = 0 RETURNING name, epoch',
);

/** ID-2: a sequence is set back with its ledger, and what Redis has under its numbers is not. */
export const skipNumbers = statement(
  'skip-numbers',
  `SELECT setval('hand_outs', (SELECT last_value FROM hand_outs) + $1::bigint) AS "handOut",
     setval('event_order', (SELECT last_value FROM event_order) + $1::bigint) AS "eventOrder"`,
);
