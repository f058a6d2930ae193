import { afterEach, expect, test } from 'vitest';
import { callFlotilla } from '../testing/call-flotilla.ts';
import { type FakeApi, type FakeReply, startFakeApi } from '../testing/fake-api.ts';

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function call(words: readonly string[], reply: FakeReply) {
  api = await startFakeApi(() => reply);
  const environment = { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: 'secret' };
  return callFlotilla(['tokens', ...words], { environment });
}

const board = { name: 'board', role: 'viewer', createdAt: '2026-11-21T09:00:00.000Z' };

test('create sends name and role, and prints the token on a line of its own', async () => {
  const called = await call(['create', 'board', '--role', 'viewer'], {
    status: 201,
    body: { ...board, token: 'flotilla_made' },
  });
  expect(api?.requests).toMatchObject([
    { line: 'POST /api/v1/tokens', body: { name: 'board', role: 'viewer' } },
  ]);
  expect(called).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^created board, viewer; .*\nflotilla_made\n$/),
  });
});

test('a role that there is not, or none, is refused before anything is asked', async () => {
  for (const words of [
    ['create', 'board', '--role', 'vewer'],
    ['create', 'board'],
  ]) {
    const called = await call(words, { status: 500 });
    expect([called.code, api?.requests]).toEqual([2, []]);
    expect(called.stderr).toContain('--role');
    await api?.close();
  }
});

test('list shows names and roles', async () => {
  const { stdout } = await call(['list', '--utc'], { body: { items: [board], next: null } });
  expect(stdout).toMatch(/NAME +ROLE +CREATED\nboard +viewer +/);
});

test('revoke ends one, and says what was meant where there is none', async () => {
  expect((await call(['revoke', 'board'], { status: 204 })).stdout).toBe('revoked board\n');
  expect(api?.requests).toMatchObject([{ line: 'DELETE /api/v1/tokens/board' }]);
  await api?.close();
  const body = { code: 'token_not_found', detail: 'there is no token "baord": did you mean "board"?' };
  expect(await call(['revoke', 'baord'], { status: 404, body })).toMatchObject({
    code: 3,
    stderr: 'flotilla: there is no token "baord": did you mean "board"?\n',
  });
});
