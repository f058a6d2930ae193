import { expect, test } from 'vitest';
import { caller, ledgerOf, openDoor, token } from '../testing/door.ts';
import { csrfTokenOf } from './csrf-token.ts';

const secret = 'a-session-of-a-browser';
const cookie = `other=1; flotilla_session=${secret}`;
const later = () => Date.now() + 60_000;

function doorOfBrowser(role: 'viewer' | 'operator' = 'operator') {
  const closed: string[] = [];
  const ledger = ledgerOf({
    callers: {
      findSession: async (given) => (given === secret ? { ...caller, role, expiresAt: later() } : null),
      openSession: async () => ({ secret, expiresAt: later() }),
      useLink: async (link) => (link === 'fresh' ? { secret, expiresAt: later() } : null),
      closeSession: async (given) => {
        closed.push(given);
      },
    },
  });
  return openDoor(ledger).then((door) => ({ ...door, closed }));
}

test.each([{ token }, { link: 'fresh' }])(
  '%j becomes a cookie that no script reads and no other site sends',
  async (payload) => {
    const { app } = await doorOfBrowser();
    const reply = await app.inject({ method: 'POST', url: '/login', payload });
    expect(reply.statusCode).toBe(204);
    expect(reply.headers['set-cookie']).toMatch(
      new RegExp(`^flotilla_session=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=(59|60)$`),
    );
  },
);

test('behind TLS the cookie is for TLS alone', async () => {
  const { app } = await doorOfBrowser();
  const headers = { 'x-forwarded-proto': 'https' };
  const reply = await app.inject({ method: 'POST', url: '/login', headers, payload: { token } });
  expect(reply.headers['set-cookie']).toMatch(/; Secure$/);
});

test.each([
  [{ token: 'another-token-of-ours' }, 401, 'unauthorized'],
  [{ link: 'used' }, 401, 'unauthorized'],
  [{ token, link: 'fresh' }, 400, 'invalid_request'],
  [{}, 400, 'invalid_request'],
])('%j logs nobody in', async (payload, status, code) => {
  const { app } = await doorOfBrowser();
  const reply = await app.inject({ method: 'POST', url: '/login', payload });
  expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
  expect(reply.headers['set-cookie']).toBeUndefined();
});

test.each([
  { origin: 'https://elsewhere.example', host: 'fleet.example' },
  { origin: 'null', host: 'fleet.example' },
  { 'sec-fetch-site': 'cross-site' },
])('another site (%j) logs nobody in or out', async (headers) => {
  const { app, closed } = await doorOfBrowser();
  const login = await app.inject({ method: 'POST', url: '/login', headers, payload: { token } });
  const logout = await app.inject({ method: 'POST', url: '/logout', headers: { ...headers, cookie } });
  expect([login.statusCode, logout.statusCode, closed]).toEqual([403, 403, []]);
});

test('a browser looks by its cookie, and changes with the token that belongs to it', async () => {
  const { app } = await doorOfBrowser();
  const session = await app.inject({ url: '/api/v1/session', headers: { cookie } });
  expect(session.json()).toEqual({ name: 'tester', role: 'operator', csrf: csrfTokenOf(secret) });
  const change = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/api/v1/jobs/a/enable', headers: { cookie, ...headers } });
  expect((await change({})).json()).toMatchObject({ status: 403, code: 'forbidden' });
  expect((await change({ 'x-flotilla-csrf': csrfTokenOf('another') })).statusCode).toBe(403);
  expect((await change({ 'x-flotilla-csrf': session.json().csrf })).json().code).toBe('job_not_found');
});

test('a session that has ended is told where to log in', async () => {
  const { app } = await doorOfBrowser();
  const reply = await app.inject({ url: '/api/v1/jobs', headers: { cookie: 'flotilla_session=gone' } });
  expect(reply.json()).toMatchObject({ status: 401, detail: expect.stringContaining('/login') });
});

test('logging out closes the session and takes the cookie back', async () => {
  const { app, closed } = await doorOfBrowser();
  const reply = await app.inject({ method: 'POST', url: '/logout', headers: { cookie } });
  expect([reply.statusCode, closed]).toEqual([204, [secret]]);
  expect(reply.headers['set-cookie']).toMatch(/^flotilla_session=; .*Max-Age=0$/);
});

test('a token makes a link for a browser, and has no csrf of its own', async () => {
  const { ask } = await doorOfBrowser();
  const made = await ask('POST', '/api/v1/login-links');
  expect([made.status, made.json]).toEqual([
    201,
    { path: '/login#linked', expiresAt: '1970-01-01T00:00:00.000Z' },
  ]);
  expect((await ask('GET', '/api/v1/session')).json).toEqual({ name: 'tester', role: 'admin', csrf: null });
});

test('the page runs its own script and nothing else', async () => {
  const { app } = await doorOfBrowser();
  const [one, other] = await Promise.all([app.inject('/login'), app.inject('/login')]);
  const nonceOf = ({ payload }: { payload: string }) => /script nonce="([^"]+)"/.exec(payload)?.[1];
  expect(nonceOf(one)).not.toBe(nonceOf(other));
  expect(one.headers['content-security-policy']).toContain(`script-src 'nonce-${nonceOf(one)}'`);
  expect(one.headers['content-security-policy']).toContain("default-src 'none'");
});
