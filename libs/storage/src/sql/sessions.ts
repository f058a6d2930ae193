import { statement } from '../statement.ts';

/** Of one kind a token has so many at most; the oldest go first, and all that have expired. */
export const insertSession = statement(
  'insert-session',
  `WITH surplus AS (
     SELECT hash FROM sessions WHERE token_id = $2 AND kind = $3 ORDER BY expires_at DESC, hash OFFSET $5 - 1
   ), gone AS (
     DELETE FROM sessions WHERE expires_at <= clock_timestamp() OR hash IN (SELECT hash FROM surplus)
   )
   INSERT INTO sessions (hash, token_id, kind, expires_at)
   VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms')
   RETURNING expires_at AS "expiresAt"`,
);

const owner = 't.id AS "tokenId", t.name, t.role';

export const findSession = statement(
  'find-session',
  `SELECT ${owner}, s.expires_at AS "expiresAt" FROM sessions s JOIN tokens t ON t.id = s.token_id
   WHERE s.hash = $1 AND s.kind = 'browser' AND s.expires_at > clock_timestamp() AND t.revoked_at IS NULL`,
);

/** Whoever deletes the row has used the link: nobody else can. */
export const takeLink = statement(
  'take-link',
  `DELETE FROM sessions s USING tokens t
   WHERE s.hash = $1 AND s.kind = 'link' AND s.expires_at > clock_timestamp()
     AND t.id = s.token_id AND t.revoked_at IS NULL
   RETURNING ${owner}`,
);

export const deleteSession = statement('delete-session', 'DELETE FROM sessions WHERE hash = $1');
