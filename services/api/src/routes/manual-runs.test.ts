import { expect, test } from 'vitest';
import { ledgerOf, openDoor, runOf } from '../testing/door.ts';

test('ID-1 a started run is 201, the first run of a repeated key is 200', async () => {
  const keys: (string | null)[] = [];
  const start = async (_: string, { key }: { key: string | null }) => {
    const kind = keys.includes(key) ? ('repeated' as const) : ('created' as const);
    keys.push(key);
    return { kind, run: runOf() };
  };
  const { ask, live } = await openDoor(ledgerOf({ jobs: { start } }));
  const headers = { 'idempotency-key': 'deploy 7' };
  expect((await ask('POST', '/api/v1/jobs/nightly/runs', { headers })).status).toBe(201);
  expect(live.told).toEqual(['hint hand-out']);
  expect((await ask('POST', '/api/v1/jobs/nightly/runs', { headers })).status).toBe(200);
  expect(live.told).toEqual(['hint hand-out']);
  expect((await ask('POST', '/api/v1/jobs/nightly/runs')).status).toBe(201);
  expect(keys).toEqual(['deploy 7', 'deploy 7', null]);
});

test.each(['x'.repeat(201), 'umläut', ''])('ID-1 the key "%s" is refused', async (key) => {
  const { ask } = await openDoor();
  const answer = await ask('POST', '/api/v1/jobs/nightly/runs', { headers: { 'idempotency-key': key } });
  expect([answer.status, answer.json.errors]).toMatchObject([400, [{ path: 'idempotency-key' }]]);
});

test('a body that nothing acts on is refused and not ignored; an empty one is none', async () => {
  const start = async () => ({ kind: 'created', run: runOf() }) as const;
  const { ask } = await openDoor(ledgerOf({ jobs: { start } }));
  const refused = await ask('POST', '/api/v1/jobs/nightly/runs', { body: { env: {} } });
  expect([refused.status, refused.json.errors]).toMatchObject([400, [{ path: 'env' }]]);
  expect((await ask('POST', '/api/v1/jobs/nightly/runs', { body: {} })).status).toBe(201);
  const headers = { 'content-type': 'application/json' };
  expect((await ask('POST', '/api/v1/jobs/nightly/runs', { headers })).status).toBe(201);
});
