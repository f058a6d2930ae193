import { expect, test } from 'vitest';
import { ledgerOf, liveOf, openDoor, poolOf } from '../testing/door.ts';

const five = poolOf({ name: 'browsers', capacity: 5, running: 5, waiting: 2, due: 1, workers: 4, slots: 40 });

test('pools are listed and shown with what is at work in them and what waits', async () => {
  const { ask } = await openDoor(ledgerOf({ pools: { list: async () => [five], get: async () => five } }));
  const shown = { ...five, changedAt: '1970-01-01T00:00:00.000Z' };
  expect((await ask('GET', '/api/v1/pools')).json).toEqual({ items: [shown], next: null });
  expect((await ask('GET', '/api/v1/pools/browsers')).json).toEqual(shown);
});

test.each([
  ['created', 201, []],
  ['changed', 200, ['hint admit-blocked']],
  ['unchanged', 200, []],
] as const)('a pool that is %s is answered with what it is', async (kind, status, told) => {
  const live = liveOf();
  const put = async (pool: { name: string; capacity: number | null }) => ({ kind, pool: poolOf(pool) });
  const { ask } = await openDoor(ledgerOf({ pools: { put } }), live);
  const answer = await ask('PUT', '/api/v1/pools/browsers', { body: { capacity: 5 } });
  expect([answer.status, answer.json]).toMatchObject([
    status,
    { name: 'browsers', capacity: 5, change: kind },
  ]);
  expect(live.told, 'GA-2 whoever lets blocked runs go looks at once').toEqual(told);
});

test.each([
  ['browsers', { capacity: 0 }, 'capacity'],
  ['browsers', { capacity: 100_001 }, 'capacity'],
  ['browsers', { capacity: 1.5 }, 'capacity'],
  ['browsers', { capacity: '5' }, 'capacity'],
  ['browsers', {}, 'capacity'],
  ['browsers', { capacity: 5, slots: 1 }, 'slots'],
  ['Browsers!', { capacity: 5 }, 'name'],
])('%s with %j is refused at the door', async (name, body, path) => {
  const { ask } = await openDoor();
  const answer = await ask('PUT', `/api/v1/pools/${encodeURIComponent(name)}`, { body });
  expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request']);
  expect(JSON.stringify(answer.json.errors)).toContain(path);
});

test('more pools than may be are 409', async () => {
  const { ask } = await openDoor(ledgerOf({ pools: { put: async () => ({ kind: 'too_many' }) } }));
  const answer = await ask('PUT', '/api/v1/pools/one-more', { body: { capacity: null } });
  expect([answer.status, answer.json.code]).toEqual([409, 'too_many_pools']);
});

test('deleting says what is not there, what was meant, and what uses it', async () => {
  const { ask } = await openDoor(
    ledgerOf({
      pools: {
        async delete(name) {
          if (name === 'browsers')
            return { kind: 'in_use', jobs: ['crawl', 'shoot'], jobCount: 7, runCount: 1 };
          return { kind: ({ idle: 'deleted', default: 'is_default' } as const)[name] ?? 'not_found' };
        },
        nearest: async () => 'browsers',
      },
    }),
  );
  expect((await ask('DELETE', '/api/v1/pools/idle')).status).toBe(204);
  expect((await ask('DELETE', '/api/v1/pools/default')).json).toMatchObject({
    status: 409,
    code: 'pool_is_default',
  });
  expect((await ask('DELETE', '/api/v1/pools/browsers')).json).toMatchObject({
    status: 409,
    code: 'pool_in_use',
    detail: expect.stringContaining('crawl, shoot and 5 more are in it, 1 of its runs has not ended'),
    jobs: ['crawl', 'shoot'],
  });
  for (const method of ['GET', 'DELETE'] as const) {
    expect((await ask(method, '/api/v1/pools/browser')).json).toMatchObject({
      status: 404,
      code: 'pool_not_found',
      nearest: 'browsers',
    });
  }
});
