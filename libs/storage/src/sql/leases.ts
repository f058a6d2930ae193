import { statement } from '../statement.ts';

/**
 * TX-6: the number rises with every taking. A lease counts as over too where it lies further ahead than it is long:
 * the clock has stepped back; a millisecond more is only the column's rounding. Its holder takes it again under the same
 * number.
 */
export const takeLease = statement(
  'take-lease',
  `INSERT INTO leases AS l (name, holder, number, until)
   VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 ms')
   ON CONFLICT (name) DO UPDATE SET holder = $2, until = excluded.until,
     number = CASE WHEN l.holder = $2 AND l.until > clock_timestamp() THEN l.number ELSE l.number + 1 END
   WHERE l.holder = $2 OR l.until <= clock_timestamp() OR l.until > clock_timestamp() + ($3 + 1) * interval '1 ms'
   RETURNING number`,
);

/** The holder itself makes whatever it wrote under the number before, and is still on its way, come to nothing. */
export const renumberLease = statement(
  'renumber-lease',
  `UPDATE leases SET number = number + 1, until = clock_timestamp() + $4 * interval '1 ms'
   WHERE name = $1 AND holder = $2 AND number = $3 AND until > clock_timestamp() RETURNING number`,
);

/** Given back, so that an heir need not wait, and as one that nobody holds: not as one that has only just lapsed. */
export const dropLease = statement(
  'drop-lease',
  "UPDATE leases SET until = 'epoch' WHERE name = $1 AND holder = $2 AND number = $3",
);
