import { expect, test } from 'vitest';
import { createServer } from './server.ts';
import { caller, ledgerOf, liveOf, openDoor, token } from './testing/door.ts';

const { app } = await openDoor(
  ledgerOf({
    callers: { authenticate: async (given) => (given === token ? { ...caller, role: 'viewer' } : null) },
  }),
);
const authorization = `Bearer ${token}`;

/** The first script that the page loads. */
async function script(): Promise<string> {
  const page = await app.inject({ url: '/queues', headers: { authorization } });
  return new URL(/src="([^"]+\.js)"/.exec(page.payload)?.[1] ?? '', 'http://fleet/queues/').pathname;
}

test('the page, its parts and its questions are for those who may look', async () => {
  for (const url of ['/queues', await script(), '/queues/api/queues']) {
    expect((await app.inject({ url })).json(), url).toMatchObject({ status: 401, code: 'unauthorized' });
    expect((await app.inject({ url, headers: { authorization } })).statusCode, url).toBe(200);
  }
});

test('a browser that is not logged in is shown where to', async () => {
  const reply = await app.inject({ url: '/queues', headers: { accept: 'text/html,*/*' } });
  expect([reply.statusCode, reply.headers['content-type']]).toEqual([401, 'text/html; charset=utf-8']);
  expect(reply.payload).toContain('Log in');
});

test.each([
  ['PUT', '/queues/api/queues/default/pause'],
  ['PUT', '/queues/api/queues/default/empty'],
  ['PUT', '/queues/api/queues/default/1/retry'],
  ['POST', '/queues/api/queues/default/add'],
] as const)('%s %s changes nothing, for an admin neither', async (method, url) => {
  const { app: ofAdmin } = await openDoor();
  const reply = await ofAdmin.inject({ method, url, headers: { authorization }, payload: {} });
  expect([reply.statusCode, reply.json().code]).toEqual([405, 'method_not_allowed']);
});

test('a pool that is made later is shown with the next question', async () => {
  let pools = ['default'];
  const asked: (readonly string[])[] = [];
  const app = await createServer({
    ledger: ledgerOf({ pools: { names: async () => pools } }),
    live: liveOf(),
    queues: {
      of(names) {
        asked.push(names);
        return [];
      },
    },
    version: '1.2.3',
    onFailure: () => undefined,
  });
  const ask = () => app.inject({ url: '/queues/api/queues', headers: { authorization } });
  await ask();
  await ask();
  pools = ['browsers', 'default'];
  await ask();
  expect(asked).toEqual([['default'], ['browsers', 'default']]);
});
