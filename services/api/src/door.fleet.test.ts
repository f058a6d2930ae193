import { connectNats, createPublisher } from '@flotilla/events';
import { connect, ensureAdminToken } from '@flotilla/storage';
import { afterAll, expect, inject, test } from 'vitest';
import { ledgerIn } from './ledger.ts';
import { openEventLink } from './live/event-link.ts';
import { createFanOut } from './live/fan-out.ts';
import { createServer } from './server.ts';
import { changeOf, idsIn, readUntil } from './testing/event-stream.ts';
import { createTestDatabase } from './testing/test-database.ts';

const url = await createTestDatabase({ migrated: true });
const store = connect({ url, applicationName: 'flotilla api test' });
const { token } = await ensureAdminToken(store);
const nats = await connectNats({ url: inject('natsUrl'), name: 'flotilla api test' });
const publisher = await createPublisher(nats);
const closing: (() => Promise<unknown>)[] = [() => store.close(), () => nats.close()];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

/** One replica of the API on the real servers. */
async function startApi() {
  const fanOut = createFanOut();
  const options = { url: inject('natsUrl'), name: 'flotilla api test' };
  const link = await openEventLink(options, fanOut, () => undefined);
  const failures: unknown[] = [];
  const app = await createServer({
    ledger: ledgerIn(store),
    live: { fanOut, ...link },
    queues: { of: () => [] },
    version: '0.0.0',
    onFailure: ({ error }) => failures.push(error),
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const stop = async () => {
    await app.close();
    await link.stop();
    expect(failures).toEqual([]);
  };
  closing.push(stop);
  return { address, fanOut, link, stop };
}

const api = await startApi();

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.address}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    json: text === '' ? null : JSON.parse(text),
  };
}

const hourly = { schedule: { cron: '0 * * * *', zone: 'Europe/Berlin' }, turn: { shell: 'true' } };

test('a job is created, left as it is, changed under its revision, switched and deleted', async () => {
  const created = await ask('PUT', '/jobs/life', hourly);
  expect([created.status, created.etag, created.json.change]).toEqual([201, '"1"', 'created']);
  expect(created.json).toMatchObject({ id: 'life', overlap: 'skip', schedule: { gap: 'run-after' } });
  expect(Date.parse(created.json.nextTickAt)).toBeGreaterThan(Date.now());

  const same = await ask('PUT', '/jobs/life', { id: 'life', ...hourly });
  expect([same.status, same.etag, same.json.change]).toEqual([200, '"1"', 'unchanged']);

  const changed = await ask('PUT', '/jobs/life', { ...hourly, overlap: 'allow' }, { 'if-match': '"1"' });
  expect([changed.status, changed.etag, changed.json.change, changed.json.oldRevision]).toEqual([
    200,
    '"2"',
    'changed',
    1,
  ]);

  const late = await ask('PUT', '/jobs/life', hourly, { 'if-match': '"1"' });
  expect([late.status, late.json.code, late.json.revision]).toEqual([412, 'revision_conflict', 2]);
  const taken = await ask('PUT', '/jobs/life', hourly, { 'if-none-match': '*' });
  expect([taken.status, taken.json.revision]).toEqual([412, 2]);
  const absent = await ask('PUT', '/jobs/nobody', hourly, { 'if-match': '"1"' });
  expect([absent.status, absent.json.revision]).toEqual([412, null]);

  expect((await ask('POST', '/jobs/life/disable')).json).toMatchObject({ enabled: false, nextTickAt: null });
  expect((await ask('POST', '/jobs/life/enable')).json).toMatchObject({ enabled: true, revision: 4 });
  expect((await ask('GET', '/jobs/life')).json).toMatchObject({ overlap: 'allow', revision: 4 });
  expect((await ask('GET', '/jobs/lief')).json).toMatchObject({ status: 404, nearest: 'life' });
  expect((await ask('DELETE', '/jobs/life')).status).toBe(204);
  expect((await ask('GET', '/jobs/life')).status).toBe(404);
});

test('a parent that is not there, a cycle and an instant that is past change nothing', async () => {
  const turn = { shell: 'true' };
  await ask('PUT', '/jobs/top', { turn });
  await ask('PUT', '/jobs/child', { turn, after: { job: 'top' } });
  const refused = [
    await ask('PUT', '/jobs/orphan', { turn, after: { job: 'topp' } }),
    await ask('PUT', '/jobs/top', { turn, after: { job: 'child' } }),
    await ask('PUT', '/jobs/late', { turn, schedule: { at: '2020-01-01T00:00:00Z' } }),
  ];
  expect(refused.map(({ status, json }) => [status, json.code, json.errors[0].path])).toEqual([
    [400, 'invalid_document', 'after.job'],
    [400, 'invalid_document', 'after.job'],
    [400, 'invalid_document', 'schedule.at'],
  ]);
  expect(refused[0]?.json.errors[0]).toMatchObject({ value: 'topp', nearest: 'top' });
  expect((await ask('GET', '/jobs')).json.items.map(({ id }: { id: string }) => id)).toEqual([
    'child',
    'top',
  ]);

  const kept = await ask('DELETE', '/jobs/top');
  expect([kept.status, kept.json.children]).toEqual([409, ['child']]);
  expect((await ask('DELETE', '/jobs/top?detach=true')).status).toBe(204);
  expect((await ask('GET', '/jobs/child')).json.after).toBeUndefined();
});

test('ID-1 runs are started once for each key, listed page by page, found by their end, cancelled', async () => {
  await ask('PUT', '/jobs/by-hand', { turn: { shell: 'true' } });
  const first = await ask('POST', '/jobs/by-hand/runs', undefined, { 'idempotency-key': 'k' });
  const again = await ask('POST', '/jobs/by-hand/runs', undefined, { 'idempotency-key': 'k' });
  const other = await ask('POST', '/jobs/by-hand/runs');
  expect([first.status, again.status, other.status]).toEqual([201, 200, 201]);
  expect(again.json.id).toBe(first.json.id);

  const page = await ask('GET', '/runs?job=by-hand&limit=1');
  expect(page.json.items).toMatchObject([
    { id: other.json.id, job: 'by-hand', cause: 'manual', state: 'queued' },
  ]);
  const rest = await ask('GET', `/runs?job=by-hand&limit=1&cursor=${page.json.next}`);
  expect(rest.json).toMatchObject({ items: [{ id: first.json.id }], next: null });
  expect((await ask('GET', '/runs?cursor=x')).json).toMatchObject({
    status: 400,
    errors: [{ path: 'cursor' }],
  });
  const found = await ask('GET', `/runs?idEnd=${first.json.id.slice(-12)}`);
  expect(found.json.items).toMatchObject([{ id: first.json.id }]);

  const cancelled = await ask('POST', `/runs/${first.json.id}/cancel?wait=5s`);
  expect([cancelled.status, cancelled.json.state, cancelled.json.reason]).toEqual([
    200,
    'cancelled',
    'requested',
  ]);
  const detail = await ask('GET', `/runs/${first.json.id}`);
  expect(detail.json).toMatchObject({ state: 'cancelled', key: 'k', attempts: [], children: [] });
  const log = await fetch(`${api.address}/api/v1/runs/${first.json.id}/log`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect([log.status, await log.text()]).toEqual([200, '']);
  expect((await ask('GET', '/workers')).json).toEqual({ items: [], next: null });
});

test('a token that nobody has is 401', async () => {
  const answer = await ask('GET', '/jobs', undefined, { authorization: 'Bearer not-a-token-of-ours' });
  expect([answer.status, answer.json.code]).toEqual([401, 'unauthorized']);
});

test('EV-6 events of the stream reach a follower, and one that comes back to another replica misses none', async () => {
  const headers = { authorization: `Bearer ${token}` };
  const first = changeOf(1);
  const jobId = first.data.jobId;
  const live = await fetch(`${api.address}/api/v1/events`, { headers });
  await readUntil(live, ': follow\n\n');
  // The subscription of a replica that has just started may begin a moment later.
  let probes = 1_000;
  await expect
    .poll(async () => {
      await publisher.publish(changeOf(probes++, 'probe'), jobId, 7);
      return api.fanOut.last;
    })
    .not.toBeNull();
  const sequence = await publisher.publish(first, jobId, 7);
  expect(await readUntil(live, `id: 7-${sequence}\n`)).toContain('event: job.changed\n');
  await live.body?.cancel();

  await publisher.publish(changeOf(2), jobId, 7);
  const other = await startApi();
  await publisher.publish(changeOf(3), jobId, 7);
  const resumed = await fetch(`${other.address}/api/v1/events`, {
    headers: { ...headers, 'last-event-id': `7-${sequence}` },
  });
  const text = await readUntil(resumed, `"id":"${jobId}.3"`);
  expect(idsIn(text).filter((id) => id.startsWith(jobId))).toEqual([`${jobId}.2`, `${jobId}.3`]);
  expect(text).not.toContain('event: reset');
  await resumed.body?.cancel();
});

test('a ledger that others hold is 503, to be asked again', async () => {
  const live = { fanOut: api.fanOut, ...api.link };
  const failures: unknown[] = [];
  const onFailure = ({ error }: { error: unknown }) => failures.push(error);
  const app = await createServer({
    ledger: ledgerIn(store),
    live,
    queues: { of: () => [] },
    version: '0.0.0',
    onFailure,
  });
  const answer = await store.transaction(async (session) => {
    await session.ask({ name: '', text: 'LOCK TABLE workers' });
    const headers = { authorization: `Bearer ${token}` };
    return app.inject({ method: 'GET', url: '/api/v1/workers', headers });
  });
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
  expect(answer.json()).toMatchObject({ code: 'storage_unavailable' });
  expect(failures).toHaveLength(1);
  await app.close();
});
