import { once } from 'node:events';
import { connect } from 'node:net';
import { maxDocumentBytes } from '@flotilla/domain';
import { BadCursor, StorageUnavailable } from '@flotilla/storage';
import { expect, test } from 'vitest';
import { ledgerOf, nightly, openDoor, token } from './testing/door.ts';

test.each([
  ['no token', undefined],
  ['another scheme', 'Basic YTpi'],
  ['a wrong token', 'Bearer another-token-of-ours'],
  ['a token with a line break', 'Bearer a\tb'],
])('%s is 401 and says what to send', async (_, authorization) => {
  const { app } = await openDoor();
  const headers = authorization === undefined ? {} : { authorization };
  const response = await app.inject({ method: 'PUT', url: '/api/v1/jobs/a', headers, payload: '{' });
  expect(response.statusCode).toBe(401);
  expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
  expect(response.json()).toMatchObject({ code: 'unauthorized', status: 401 });
  expect(response.json().detail).toContain('Authorization: Bearer <token>');
});

test('the home page and the description are open', async () => {
  const { app } = await openDoor();
  const home = await app.inject({ url: '/' });
  expect(home.json()).toMatchObject({ name: 'flotilla', version: '1.2.3' });
  expect(home.json().next[0]).toBe('flotilla jobs list');
  const text = await app.inject({ url: '/', headers: { accept: 'text/html,*/*' } });
  expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(text.payload).toContain('what to type next:\n  flotilla jobs list');
  expect((await app.inject({ url: '/api/v1/openapi.json' })).statusCode).toBe(200);
});

test('a body over 1 MiB is 413', async () => {
  const { ask } = await openDoor();
  const body = { ...nightly, description: 'x'.repeat(maxDocumentBytes) };
  const answer = await ask('PUT', '/api/v1/jobs/a', { body });
  expect([answer.status, answer.json.code]).toEqual([413, 'body_too_large']);
});

test.each(['{', '{"turn": {"shell": "x"}, "__proto__": {}}', 'nope'])(
  'the body %s is no JSON for us',
  async (body) => {
    const { ask } = await openDoor();
    const headers = { 'content-type': 'application/json' };
    const answer = await ask('PUT', '/api/v1/jobs/a', { body, headers });
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_json']);
  },
);

test.each(['null', '[]', '3', ''])('the body %j is no document', async (body) => {
  const { ask } = await openDoor();
  const headers = { 'content-type': 'application/json' };
  const answer = await ask('PUT', '/api/v1/jobs/a', { body, headers });
  expect([answer.status, answer.json.code]).toEqual([400, 'invalid_document']);
});

test('a body that is not JSON is 415', async () => {
  const { ask } = await openDoor();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await ask('PUT', '/api/v1/jobs/a', { body: 'a=b', headers });
  expect([answer.status, answer.json.code]).toEqual([415, 'unsupported_media_type']);
});

test.each(['/nothing', '/api/v1/jbos', '/api/v2/jobs', '/%'])('%s is 404', async (url) => {
  const { ask } = await openDoor();
  const answer = await ask('GET', url);
  expect([answer.status, answer.json.code]).toEqual([404, 'route_not_found']);
});

test('a method that an address does not take is 405 and names those it takes', async () => {
  const { ask } = await openDoor();
  const answer = await ask('POST', '/api/v1/jobs/a');
  expect([answer.status, answer.json.code]).toEqual([405, 'method_not_allowed']);
  expect(String(answer.headers['allow']).split(', ').sort()).toEqual(['DELETE', 'GET', 'HEAD', 'PUT']);
});

test('no query parameter is ignored', async () => {
  const { ask } = await openDoor();
  for (const url of [
    '/api/v1/jobs?lmit=3',
    '/api/v1/jobs/a?x=1',
    '/api/v1/workers?x=1',
    '/api/v1/runs?x=1',
  ]) {
    expect((await ask('GET', url)).json, url).toMatchObject({ code: 'invalid_request', status: 400 });
  }
});

test('Postgres away is 503 with its one line; a failure of ours is 500 without one', async () => {
  const away = await openDoor(
    ledgerOf({ listWorkers: () => Promise.reject(new StorageUnavailable('Postgres cannot be reached: x')) }),
  );
  const unavailable = await away.ask('GET', '/api/v1/workers');
  expect([unavailable.status, unavailable.json.code, unavailable.json.detail]).toEqual([
    503,
    'storage_unavailable',
    'Postgres cannot be reached: x',
  ]);
  expect(unavailable.headers['retry-after']).toBe('1');

  const broken = await openDoor(ledgerOf({ listWorkers: () => Promise.reject(new Error('secret detail')) }));
  const internal = await broken.ask('GET', '/api/v1/workers');
  expect([internal.status, internal.json.code]).toEqual([500, 'internal_error']);
  expect(internal.text).not.toContain('secret detail');
  expect(broken.failures).toHaveLength(1);
});

test('a cursor that is not ours is 400', async () => {
  const list = () => Promise.reject(new BadCursor('"x" is not a cursor of this list'));
  const { ask } = await openDoor(ledgerOf({ jobs: { list } }));
  const answer = await ask('GET', '/api/v1/jobs?cursor=x');
  expect([answer.status, answer.json.errors]).toMatchObject([400, [{ path: 'cursor' }]]);
});

test('a stop lets the request under way finish, and waits for no connection that asked nothing', async () => {
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { app } = await openDoor(ledgerOf({ listWorkers: () => asked.then(() => []) }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const silent = connect(Number(new URL(url).port), '127.0.0.1');
  await once(silent, 'connect');
  const reply = fetch(`${url}/api/v1/workers`, { headers: { authorization: `Bearer ${token}` } });
  await once(app.server, 'request');
  const closed = app.close();
  answer();
  expect(await (await reply).json()).toEqual({ items: [], next: null });
  await closed;
});
