import { beforeEach, expect, test } from 'vitest';
import { closeSession, findSession, maxSessionsOfAToken, openSession, useLoginLink } from './sessions.ts';
import { openTestLedger } from './test-ledger.ts';
import { authenticate, createToken, revokeToken } from './tokens.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;

let tokenId = '';
let tests = 0;
const name = () => `owner-${tests}`;
beforeEach(async () => {
  tests += 1;
  const made = await createToken(store, { name: name(), role: 'operator' });
  if (made.kind !== 'created') throw new Error(made.kind);
  tokenId = (await authenticate(store, made.token))?.tokenId ?? '';
});

test('a session has the name and role of its token until it is closed', async () => {
  const { secret, expiresAt } = await openSession(store, tokenId, 'browser');
  expect(await findSession(store, secret)).toEqual({ tokenId, name: name(), role: 'operator', expiresAt });
  await closeSession(store, secret);
  expect(await findSession(store, secret)).toBeNull();
});

test('a link logs in once, also where two use it at once, and is no session itself', async () => {
  const { secret } = await openSession(store, tokenId, 'link');
  expect(await findSession(store, secret)).toBeNull();
  const used = await Promise.all([1, 2, 3].map(() => useLoginLink(ledger.another(), secret)));
  const opened = used.filter((session) => session !== null);
  expect(opened).toHaveLength(1);
  expect(await findSession(store, opened[0]?.secret ?? '')).toMatchObject({ name: name() });
});

test('what has expired is nobody, and is deleted with the next one', async () => {
  const browser = await openSession(store, tokenId, 'browser');
  const link = await openSession(store, tokenId, 'link');
  await sql('UPDATE sessions SET expires_at = clock_timestamp() WHERE token_id = $1', [tokenId]);
  expect(await findSession(store, browser.secret)).toBeNull();
  expect(await useLoginLink(store, link.secret)).toBeNull();
  await openSession(store, tokenId, 'browser');
  expect(await count()).toBe(1);
});

test('a revoked token takes its sessions and links along', async () => {
  const browser = await openSession(store, tokenId, 'browser');
  const link = await openSession(store, tokenId, 'link');
  await revokeToken(store, name());
  expect(await findSession(store, browser.secret)).toBeNull();
  expect(await useLoginLink(store, link.secret)).toBeNull();
});

test('a token has a bounded number of them: the oldest goes', async () => {
  await sql(
    `INSERT INTO sessions SELECT 'hash ' || n, $1, 'browser', clock_timestamp() + n * interval '1 s'
     FROM generate_series(1, $2::int) AS n`,
    [tokenId, maxSessionsOfAToken],
  );
  await openSession(store, tokenId, 'browser');
  expect(await count()).toBe(maxSessionsOfAToken);
  expect(await sql("SELECT hash FROM sessions WHERE hash = 'hash 1'")).toEqual([]);
});

test('the ledger does not hold what browsers have', async () => {
  const { secret } = await openSession(store, tokenId, 'browser');
  expect(JSON.stringify(await sql('SELECT * FROM sessions'))).not.toContain(secret);
});

async function count(): Promise<number> {
  const [row] = await sql<{ count: number }>('SELECT count(*) AS count FROM sessions WHERE token_id = $1', [
    tokenId,
  ]);
  return row?.count ?? 0;
}
