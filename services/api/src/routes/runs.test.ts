import type { RunFilter } from '@flotilla/storage';
import { expect, test } from 'vitest';
import { ledgerOf, openDoor, runId, runOf } from '../testing/door.ts';

test('a list of runs hands its filters on, instants as epoch milliseconds', async () => {
  const filters: RunFilter[] = [];
  const list = async (filter: RunFilter) => {
    filters.push(filter);
    return { items: [runOf({ dueAt: 1_000 })], next: null };
  };
  const { ask } = await openDoor(ledgerOf({ runs: { list } }));
  const answer = await ask(
    'GET',
    '/api/v1/runs?job=nightly&state=failed&reason=exit_code&since=1970-01-01T00:00:01Z&limit=7&cursor=c',
  );
  expect(filters).toEqual([
    { job: 'nightly', state: 'failed', reason: 'exit_code', since: 1_000, limit: 7, cursor: 'c' },
  ]);
  expect(answer.json.items).toMatchObject([
    { id: runId, dueAt: '1970-01-01T00:00:01.000Z', startedAt: null },
  ]);
});

test.each([
  ['state=faild', 'state', 'failed'],
  ['reason=exitcode', 'reason', 'exit_code'],
  ['stat=failed', 'stat', 'state'],
])('?%s names the field and what was meant', async (query, path, nearest) => {
  const { ask } = await openDoor();
  const answer = await ask('GET', `/api/v1/runs?${query}`);
  expect([answer.status, answer.json.errors]).toMatchObject([400, [{ path, nearest }]]);
});

test.each([
  'limit=0',
  'limit=201',
  'since=1',
  'idEnd=abc',
  'idEnd=abcd&job=a',
  'state=failed&state=queued',
  'job=%00',
])('?%s is refused', async (query) => {
  const { ask } = await openDoor();
  expect((await ask('GET', `/api/v1/runs?${query}`)).json).toMatchObject({ code: 'invalid_request' });
});

test.each([
  ['since=1', 'in the query: since: an instant is needed, such as 2027-03-14T09:00:00Z'],
  ['limit=201', 'in the query: limit: 201: at most 200 are allowed'],
])('?%s is answered with what would be right', async (query, detail) => {
  const { ask } = await openDoor();
  expect((await ask('GET', `/api/v1/runs?${query}`)).json).toMatchObject({ detail });
});

test('a run is found by the end of its id', async () => {
  const find = async (idEnd: string) => (idEnd === 'abcd' ? [runOf()] : []);
  const { ask } = await openDoor(ledgerOf({ runs: { find } }));
  expect((await ask('GET', '/api/v1/runs?idEnd=abcd')).json).toMatchObject({
    items: [{ id: runId }],
    next: null,
  });
});

test('one run comes with its attempts and children', async () => {
  const attempt = {
    number: 1,
    workerId: runId,
    handedOutAt: 900,
    startedAt: 1_000,
    spawnedAt: 1_001,
    endedAt: null,
    outcome: null,
    exitCode: null,
    signal: null,
    message: null,
    stdout: 'hi',
    stdoutBytes: 2,
    stdoutTruncated: false,
    stderr: '',
    stderrBytes: 0,
    stderrTruncated: false,
    outputPruned: false,
    usage: { model: 'large', inputTokens: 7, outputTokens: 2, cost: null },
  };
  const run = { ...runOf({ parentId: runId }), attempts: [attempt] };
  const { ask } = await openDoor(ledgerOf({ runs: { get: async () => run } }));
  const { json } = await ask('GET', `/api/v1/runs/${runId}`);
  expect(json.attempts).toMatchObject([
    { number: 1, worker: runId, spawnedAt: '1970-01-01T00:00:01.001Z', endedAt: null, stdout: 'hi' },
  ]);
  expect(json.attempts).toMatchObject([
    { usage: { model: 'large', inputTokens: 7, outputTokens: 2, cost: null } },
  ]);
  expect(json).toMatchObject({ parent: runId, children: [] });
});

test('an unknown run is 404, whatever its id looks like', async () => {
  const { ask } = await openDoor();
  for (const id of [runId, 'abcd', '%25']) {
    expect((await ask('GET', `/api/v1/runs/${id}`)).json).toMatchObject({
      status: 404,
      code: 'run_not_found',
    });
    expect((await ask('GET', `/api/v1/runs/${id}/log`)).json).toMatchObject({ code: 'run_not_found' });
    expect((await ask('POST', `/api/v1/runs/${id}/cancel`)).json).toMatchObject({ code: 'run_not_found' });
  }
});

test('a log is the bytes that were written, also those that are no text', async () => {
  const bytes = Buffer.from([0x61, 0xff, 0x00, 0x62]);
  const asked: unknown[] = [];
  async function* read(_id: string, filter: unknown) {
    asked.push(filter);
    yield { attempt: 1, stream: 'stdout' as const, seq: 0, at: 0, bytes };
    yield { attempt: 1, stream: 'stdout' as const, seq: 1, at: 0, bytes };
  }
  const { app, ask } = await openDoor(ledgerOf({ runs: { get: async () => runOf(), read } }));
  await ask('GET', `/api/v1/runs/${runId}/log?stream=stdout&attempt=2`);
  expect(asked).toEqual([{ stream: 'stdout', attempt: 2 }]);
  const headers = { authorization: 'Bearer a-token-of-sixteen' };
  const response = await app.inject({ url: `/api/v1/runs/${runId}/log`, headers });
  expect(response.rawPayload).toEqual(Buffer.concat([bytes, bytes]));
  expect(response.headers['content-type']).toBe('text/plain; charset=utf-8');
});
