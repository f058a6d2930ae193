import { expect, test } from 'vitest';
import { ledgerOf, openDoor } from '../testing/door.ts';

test('a token is shown once, when it is made', async () => {
  const { ask } = await openDoor(
    ledgerOf({ tokens: { list: async () => [{ name: 'board', role: 'viewer', createdAt: 0 }] } }),
  );
  const made = await ask('POST', '/api/v1/tokens', { body: { name: 'board', role: 'viewer' } });
  expect([made.status, made.json]).toEqual([
    201,
    { name: 'board', role: 'viewer', createdAt: '1970-01-01T00:00:00.000Z', token: 'made' },
  ]);
  const listed = await ask('GET', '/api/v1/tokens');
  expect(listed.json.items).toEqual([
    { name: 'board', role: 'viewer', createdAt: '1970-01-01T00:00:00.000Z' },
  ]);
});

test.each([
  [{ name: 'board', role: 'vewer' }, 'role'],
  [{ name: 'Board of all', role: 'viewer' }, 'name'],
  [{ name: 'board' }, 'role'],
  [{ name: 'board', role: 'viewer', token: 'mine' }, 'token'],
])('%j is refused at the door', async (body, path) => {
  const { ask } = await openDoor();
  const answer = await ask('POST', '/api/v1/tokens', { body });
  expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request']);
  expect(JSON.stringify(answer.json.errors)).toContain(path);
});

test.each([
  ['name_taken', 'token_exists'],
  ['too_many', 'too_many_tokens'],
] as const)('%s is 409 and says what to do', async (kind, code) => {
  const { ask } = await openDoor(ledgerOf({ tokens: { create: async () => ({ kind }) } }));
  const answer = await ask('POST', '/api/v1/tokens', { body: { name: 'board', role: 'viewer' } });
  expect([answer.status, answer.json.code]).toEqual([409, code]);
});

test('revoking says what is not there, what was meant, and what must stay', async () => {
  const revoke = async (name: string) =>
    ({ kind: ({ board: 'revoked', admin: 'last_admin' } as const)[name] ?? 'not_found' }) as const;
  const list = async () => [{ name: 'board', role: 'viewer', createdAt: 0 } as const];
  const { ask } = await openDoor(ledgerOf({ tokens: { revoke, list } }));
  expect((await ask('DELETE', '/api/v1/tokens/board')).status).toBe(204);
  expect((await ask('DELETE', '/api/v1/tokens/admin')).json.code).toBe('last_admin_token');
  const unknown = await ask('DELETE', '/api/v1/tokens/baord');
  expect([unknown.status, unknown.json.nearest]).toEqual([404, 'board']);
});
