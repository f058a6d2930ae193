import { afterEach, expect, test } from 'vitest';
import { type FakeApi, type FakeReply, startFakeApi } from '../testing/fake-api.ts';
import { ApiClient } from './api-client.ts';

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function clientOf(reply: FakeReply): Promise<ApiClient> {
  api = await startFakeApi(() => reply);
  return new ApiClient({ url: `${api.url}/`, token: 'secret', source: 'FLOTILLA_URL' });
}

test('a request carries the token, and each segment stays one', async () => {
  const client = await clientOf({ body: { items: [] } });
  await client.get(['jobs', 'a/b?c'], { limit: 5, job: undefined });
  expect(api?.requests[0]).toMatchObject({
    line: 'GET /api/v1/jobs/a%2Fb%3Fc?limit=5',
    headers: { authorization: 'Bearer secret' },
  });
});

test.each(['', '.', '..'])('%j is never sent as an id', async (id) => {
  const client = await clientOf({});
  await expect(client.get(['jobs', id])).rejects.toMatchObject({ reason: 'usage' });
  expect(api?.requests).toHaveLength(0);
});

test('a refused token is named by the variable that holds it', async () => {
  const client = await clientOf({ status: 401, body: {} });
  await expect(client.get(['jobs'])).rejects.toThrow(
    'the token in FLOTILLA_TOKEN was not accepted: it may be revoked, or of another fleet',
  );
});

test.each([
  [400, 'usage'],
  [401, 'refused'],
  [403, 'refused'],
  [404, 'notFound'],
  [409, 'refused'],
  [412, 'refused'],
  [413, 'usage'],
  [500, 'failed'],
  [503, 'unreachable'],
])('status %i is %s', async (status, reason) => {
  const client = await clientOf({ status, body: { code: 'some', detail: 'what to do' } });
  await expect(client.get(['jobs'])).rejects.toMatchObject({ reason, status });
});

test('a refused document is a line for each field', async () => {
  const errors = [
    { path: 'schedule.zone', message: 'not a zone', nearest: 'Europe/Berlin' },
    { path: '', message: 'two\nlines' },
  ];
  const client = await clientOf({ status: 400, body: { code: 'invalid_document', detail: 'x', errors } });
  await expect(client.get(['jobs'])).rejects.toThrow(
    'schedule.zone: not a zone (did you mean "Europe/Berlin"?)\ntwo lines',
  );
});

test('what is not there is null for those who ask so', async () => {
  const client = await clientOf({ status: 404, body: { code: 'job_not_found', detail: 'no' } });
  expect(await client.find(['jobs', 'a'])).toBeNull();
});

test('an answer of something in between is told by its status', async () => {
  const client = await clientOf({
    raw: (response) => {
      response.writeHead(502);
      response.end('<html>');
    },
  });
  await expect(client.get(['jobs'])).rejects.toMatchObject({
    reason: 'unreachable',
    message: 'the server answered 502 Bad Gateway',
  });
});

test('a server that is not there, or does not answer, is unreachable', async () => {
  const client = await clientOf({ raw: () => undefined });
  await expect(client.send('GET', ['jobs'], { timeoutMs: 20 })).rejects.toMatchObject({
    reason: 'unreachable',
    message: expect.stringContaining('no answer within 0.02 s'),
  });
  await api?.close();
  await expect(client.get(['jobs'])).rejects.toMatchObject({
    reason: 'unreachable',
    message: expect.stringMatching(/ECONNREFUSED/),
  });
});
