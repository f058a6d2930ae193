import { statement } from '../statement.ts';

export const findToken = statement(
  'find-token',
  'SELECT id AS "tokenId", name, role FROM tokens WHERE hash = $1 AND revoked_at IS NULL',
);

/** TX-1: who changes tokens counts them, so it holds this first. Freed by the end of the transaction. */
export const lockTokens = statement(
  'lock-tokens',
  "SELECT pg_advisory_xact_lock(hashtext('flotilla tokens'))",
);

export const readTokenNamed = statement(
  'read-token-named',
  'SELECT hash, role FROM tokens WHERE name = $1 AND revoked_at IS NULL',
);

export const countTokens = statement(
  'count-tokens',
  `SELECT count(*) AS count, count(*) FILTER (WHERE role = 'admin') AS admins FROM tokens WHERE revoked_at IS NULL`,
);

export const listTokens = statement(
  'list-tokens',
  `SELECT name, role, created_at AS "createdAt" FROM tokens WHERE revoked_at IS NULL ORDER BY name`,
);

export const insertToken = statement(
  'insert-token',
  `WITH revoked AS (
     UPDATE tokens SET revoked_at = clock_timestamp() WHERE name = $2 AND revoked_at IS NULL RETURNING id
   )
   INSERT INTO tokens (id, name, role, hash) SELECT $1, $2, $3, $4 FROM (SELECT count(*) FROM revoked) AS r
   RETURNING created_at AS "createdAt"`,
);

export const revokeToken = statement(
  'revoke-token',
  'UPDATE tokens SET revoked_at = clock_timestamp() WHERE name = $1 AND revoked_at IS NULL',
);
