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
  return callFlotilla(['pools', ...words], { environment });
}

const changedAt = '2026-11-21T09:00:00.000Z';
const browsers = {
  name: 'browsers',
  capacity: 5,
  running: 5,
  waiting: 12,
  due: 0,
  workers: 4,
  slots: 40,
  changedAt,
};
const idle = {
  name: 'default',
  capacity: null,
  running: 0,
  waiting: 0,
  due: 3,
  workers: 0,
  slots: 0,
  changedAt,
};

test('list shows what is at work, what waits, and who serves a pool', async () => {
  const { code, stdout } = await call(['list', '--utc'], { body: { items: [browsers, idle], next: null } });
  expect([code, stdout]).toEqual([
    0,
    [
      'POOL      AT WORK  WAIT FOR ROOM  DUE  WORKERS          CHANGED',
      'browsers  5 of 5              12    0  4 with 40 slots  2026-11-21 09:00:00',
      'default   0                    0    3  none             2026-11-21 09:00:00',
      '',
    ].join('\n'),
  ]);
});

test.each([
  ['5', 5, 'created browsers, at most 5 turns at once\n'],
  ['1', 1, 'created browsers, at most 1 turn at once\n'],
  ['none', null, 'created browsers, no cap\n'],
])('set --capacity %s', async (text, capacity, stdout) => {
  const body = { ...browsers, capacity, change: 'created' };
  expect(await call(['set', 'browsers', '--capacity', text], { status: 201, body })).toMatchObject({
    code: 0,
    stdout,
  });
  expect(api?.requests).toMatchObject([{ line: 'PUT /api/v1/pools/browsers', body: { capacity } }]);
});

test('set says where no worker serves the pool, and how to start one', async () => {
  const body = { ...browsers, workers: 0, slots: 0, change: 'changed' };
  const { stdout } = await call(['set', 'browsers', '--capacity', '5'], { body });
  expect(stdout).toContain('no worker serves it: start one with FLOTILLA_POOLS=browsers\n');
});

test.each([[['--capacity', '0']], [['--capacity', '100001']], [['--capacity', 'many']], [[]]])(
  'set with %j is refused before anything is asked',
  async (options) => {
    const called = await call(['set', 'browsers', ...options], { status: 500 });
    expect([called.code, api?.requests]).toEqual([2, []]);
    expect(called.stderr).toContain('--capacity');
  },
);

test('delete says what is deleted, what was meant, and what stands in the way', async () => {
  expect((await call(['delete', 'browsers'], { status: 204 })).stdout).toBe('deleted browsers\n');
  expect(api?.requests).toMatchObject([{ line: 'DELETE /api/v1/pools/browsers' }]);
  await api?.close();
  const inUse = { code: 'pool_in_use', detail: 'the pool "browsers" is used: crawl is in it' };
  expect(await call(['delete', 'browsers'], { status: 409, body: inUse })).toMatchObject({
    code: 4,
    stderr: 'flotilla: the pool "browsers" is used: crawl is in it\n',
  });
  await api?.close();
  const unknown = { code: 'pool_not_found', detail: 'there is no pool "browser": did you mean "browsers"?' };
  expect((await call(['delete', 'browser'], { status: 404, body: unknown })).code).toBe(3);
});
