import { expect, test } from 'vitest';
import { openTestLedger, untilWaiting } from './test-ledger.ts';
import { authenticate, createToken, ensureAdminToken, listTokens, revokeToken } from './tokens.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;

test('two that make the first token at once make one', async () => {
  // The first one waits, so that both have looked before either has written.
  const together = store.transaction(async (session) => {
    await session.ask({ name: '', text: 'LOCK TABLE tokens IN SHARE MODE' });
    const both = Promise.all([ensureAdminToken(ledger.another()), ensureAdminToken(ledger.another())]);
    await untilWaiting(ledger, 2);
    return { both };
  });
  const made = (await (await together).both).flatMap(({ token }) => (token === null ? [] : [token]));
  expect(made).toHaveLength(1);
  expect(made[0]).toMatch(/^flotilla_[\w-]{43}$/);
  expect(await authenticate(store, made[0] ?? '')).toMatchObject({ name: 'admin', role: 'admin' });
  const [row] = await sql<{ count: number }>('SELECT count(*) AS count FROM tokens');
  expect(row).toEqual({ count: 1 });
});

test('a token is made once, and never shown again', async () => {
  await ensureAdminToken(store);
  expect(await ensureAdminToken(store)).toEqual({ token: null });
});

test('the first token is not made again once it was revoked for that of another admin', async () => {
  await ensureAdminToken(store);
  await createToken(store, { name: 'heir', role: 'admin' });
  expect(await revokeToken(store, 'admin')).toEqual({ kind: 'revoked' });
  expect(await ensureAdminToken(store)).toEqual({ token: null });
  expect((await listTokens(store)).map(({ name }) => name)).toEqual(['heir']);
  await ensureAdminToken(store, { token: 'chosen-by-the-operator-0' });
  await revokeToken(store, 'heir');
});

test('a chosen token revokes the one before, and may be chosen again later', async () => {
  const [first, second] = ['chosen-by-the-operator-1', 'chosen-by-the-operator-2'] as const;
  expect(await ensureAdminToken(store, { token: first })).toEqual({ token: first });
  expect(await ensureAdminToken(store, { token: first })).toEqual({ token: null });
  expect(await ensureAdminToken(store, { token: second })).toEqual({ token: second });
  expect(await authenticate(store, first)).toBeNull();
  expect(await ensureAdminToken(store, { token: first })).toEqual({ token: first });
  expect(await authenticate(store, first)).not.toBeNull();
  expect(await authenticate(store, second)).toBeNull();
});

test('what cannot be a token is nobody', async () => {
  expect(await authenticate(store, '')).toBeNull();
  expect(await authenticate(store, 'with a blank in it, and long')).toBeNull();
});

test('the ledger does not hold a token itself', async () => {
  const token = 'chosen-by-the-operator-3';
  await ensureAdminToken(store, { token });
  expect(JSON.stringify(await sql('SELECT * FROM tokens'))).not.toContain(token);
});

test('a token has the role that it was made with, is listed without itself, and ends with its revocation', async () => {
  const made = await createToken(store, { name: 'dashboard', role: 'viewer' });
  if (made.kind !== 'created') throw new Error(made.kind);
  expect(await authenticate(store, made.token)).toMatchObject({ name: 'dashboard', role: 'viewer' });
  expect(await createToken(store, { name: 'dashboard', role: 'admin' })).toEqual({ kind: 'name_taken' });
  const listed = await listTokens(store);
  expect(listed).toContainEqual(made.view);
  expect(JSON.stringify(listed)).not.toContain(made.token);

  expect(await revokeToken(store, 'dashboard')).toEqual({ kind: 'revoked' });
  expect(await authenticate(store, made.token)).toBeNull();
  expect(await revokeToken(store, 'dashboard')).toEqual({ kind: 'not_found' });
});

test('the last admin stays, also where two of them are revoked at once', async () => {
  await createToken(store, { name: 'second-admin', role: 'admin' });
  const names = (await listTokens(store)).filter(({ role }) => role === 'admin').map(({ name }) => name);
  expect(names).toHaveLength(2);
  const results = await Promise.all(names.map((name) => revokeToken(ledger.another(), name)));
  expect(results.map(({ kind }) => kind).sort()).toEqual(['last_admin', 'revoked']);
});
