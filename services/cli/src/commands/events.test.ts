import { afterEach, expect, test } from 'vitest';
import { runBody } from '../testing/bodies.ts';
import { callFlotilla } from '../testing/call-flotilla.ts';
import { type FakeApi, startFakeApi } from '../testing/fake-api.ts';

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.close();
});

/** The first connection is told this, the second is refused. */
async function follow(words: readonly string[], text: string) {
  let connections = 0;
  api = await startFakeApi(({ line }) => {
    if (!line.startsWith('GET /api/v1/events')) return { body: { items: [runBody()], next: null } };
    connections += 1;
    const isFirst = connections === 1;
    return { raw: (response) => response.writeHead(isFirst ? 200 : 403).end(isFirst ? text : '{}') };
  });
  const environment = { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: 'secret' };
  return callFlotilla(['events', ...words], { environment });
}

const asked = () => api?.requests.map(({ line }) => line).find((line) => line.includes('/events'));

test.each([
  [['-f'], ''],
  [['-f', '--job', 'a,b'], '?job=a%2Cb'],
  [['-f', '--type', 'run.*,job.*'], '?type=run.*%2Cjob.*'],
  [['-f', '--run', 'deadbeef'], `?run=${runBody().id}`],
])('%j asks the server for what is wanted', async (words, query) => {
  await follow(words, '');
  expect(asked()).toBe(`GET /api/v1/events${query}`);
});

test('events that may be missing are told, and so is a connection that breaks', async () => {
  const { stdout, stderr } = await follow(['-f'], 'event: reset\ndata: {}\n\n');
  expect(stdout).toBe('');
  expect(stderr.split('\n').slice(0, 2)).toEqual([
    'flotilla: events may be missing here',
    'flotilla: the connection broke: taking it up again',
  ]);
});

test('without -f there is nothing to show', async () => {
  expect(await follow([], '')).toMatchObject({ code: 2 });
});
