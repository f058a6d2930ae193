import { promisify } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import type { App } from '../app.ts';
import { createFanOut } from '../live/fan-out.ts';
import { toFrame } from '../live/frame.ts';
import type { LiveEvent } from '../live/position.ts';
import { jobOf, ledgerOf, liveOf, nightly, openDoor, runId, runOf, token } from '../testing/door.ts';
import { changeOf, factOf, readUntil } from '../testing/event-stream.ts';
import { maxListeners } from './events.ts';

const opened: App[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(opened.splice(0).map((app) => app.close()));
});

function liveEvent(sequence: number, epoch = 1): LiveEvent {
  return { epoch, sequence, event: changeOf(sequence) };
}

/** A ledger that knows the jobs `a` and `b`, and one run. */
const ledger = ledgerOf({
  jobs: {
    get: async (slug) => (['a', 'b'].includes(slug) ? jobOf({ id: slug, ...nightly }) : null),
    nearestSlug: async () => 'a',
  },
  runs: { get: async (id) => (id === runId ? runOf() : null) },
});

/** Facts of jobs and runs, by their place in the stream. */
const facts: readonly LiveEvent['event'][] = [
  changeOf(1, 'a'),
  changeOf(2, 'b'),
  changeOf(3, 'c'),
  factOf('run.started', { run: runId, job: 'b' }),
  factOf('run.failed', { run: runId, job: 'b' }),
  factOf('run.started', { job: 'a' }),
];
const liveFacts = facts.map((event, index) => ({ epoch: 1, sequence: index + 1, event }));

const placesIn = (text: string) =>
  [...text.matchAll(/^id: 1-(\d+)\nevent/gm)].map(([, place]) => Number(place));

async function listen(follow?: (from: number) => AsyncIterable<LiveEvent>) {
  const fanOut = createFanOut(2);
  const { app } = await openDoor(ledger, liveOf({ fanOut, ...(follow === undefined ? {} : { follow }) }));
  opened.push(app);
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/events`;
  const headers = { authorization: `Bearer ${token}` };
  const open = async (lastId?: string, query = '') => {
    const resumed = lastId === undefined ? {} : { 'last-event-id': lastId };
    return fetch(`${url}${query}`, { headers: { ...headers, ...resumed } });
  };
  return { app, fanOut, open };
}

test('EV-6 events come as they happen, under the ids of the stream', async () => {
  const { fanOut, open } = await listen();
  const response = await open();
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  await readUntil(response, ': follow\n\n');
  const live = liveEvent(42);
  fanOut.publish(toFrame(live));
  expect(await readUntil(response, '\n\n')).toBe(
    `id: 1-42\nevent: job.changed\ndata: ${JSON.stringify(live.event)}\n\n`,
  );
});

test('EV-6 who comes back goes on after the last id, first from the stream, then with all others', async () => {
  const asked: number[] = [];
  const { fanOut, open } = await listen(async function* (from) {
    asked.push(from);
    for (const sequence of [2, 3, 4, 5]) yield liveEvent(sequence);
    throw new Error('the rest is in memory');
  });
  for (const sequence of [4, 5, 6]) fanOut.publish(toFrame(liveEvent(sequence)));
  const response = await open('1-1');
  const before = await readUntil(response, 'id: 1-6\n');
  fanOut.publish(toFrame(liveEvent(7)));
  const text = before + (await readUntil(response, 'id: 1-7\n'));
  expect([...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)).toEqual([
    '1-2',
    '1-3',
    '1-4',
    '1-5',
    '1-6',
    '1-7',
  ]);
  expect(text).not.toContain('reset');
  expect(asked).toEqual([2]);
});

test('EV-6 an id of another epoch gets a reset before the next event', async () => {
  const { open } = await listen(async function* () {
    yield liveEvent(2, 2);
    await new Promise(() => undefined);
  });
  expect(await readUntil(await open('1-1'), 'id: 2-2\n')).toMatch(/event: reset\n.*\n\nid: 2-2\n/);
});

test('a client that comes back while NATS is away is ended, and tries again by itself', async () => {
  const { open } = await listen();
  expect(await (await open('1-1')).text()).toBe(': follow\n\n');
});

test('an id that is none is 400', async () => {
  const { open } = await listen();
  const response = await open('last');
  expect([response.status, await response.json()]).toMatchObject([400, { code: 'invalid_request' }]);
});

test('one client too many is 503, and a place that is left is free again', async () => {
  const { open } = await listen();
  const followers = await Promise.all(Array.from({ length: maxListeners }, () => open()));
  const refused = await open();
  expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'too_many_listeners' }]);
  await followers[0]?.body?.cancel();
  await expect.poll(async () => (await open()).status).toBe(200);
});

test('a stop of the server ends its followers', async () => {
  const { app, open } = await listen();
  const response = await open();
  await readUntil(response, ': follow\n\n');
  await app.close();
  expect(await readUntil(response, 'never')).toBe('');
});

test('a client that does not read is cut off, and the others go on', async () => {
  const { app, fanOut, open } = await listen();
  const slow = await open();
  const quick = await open();
  await readUntil(quick, ': follow\n\n');
  const connections = promisify(app.server.getConnections.bind(app.server));
  const data = 'x'.repeat(128 * 1024);
  for (let sequence = 1; (await connections()) > 1; sequence++) {
    expect(sequence).toBeLessThan(1_000);
    fanOut.publish({ ...liveEvent(sequence), text: `data: ${data}\nid: 1-${sequence}\n\n` });
    await readUntil(quick, `id: 1-${sequence}\n`);
  }
  await expect(slow.text()).rejects.toThrow();
});

test.each([
  ['', [1, 2, 3, 4, 5, 6]],
  ['?job=a', [1, 6]],
  ['?job=a,b', [1, 2, 4, 5, 6]],
  ['?job=a&job=b', [1, 2, 4, 5, 6]],
  [`?run=${runId}`, [4, 5]],
  ['?type=run.*', [4, 5, 6]],
  ['?type=run.failed,job.changed', [1, 2, 3, 5]],
  ['?job=b&type=run.*', [4, 5]],
])('EV-6 %j filters what comes, and what a client that comes back has missed', async (query, places) => {
  const { fanOut, open } = await listen(async function* () {
    yield* liveFacts;
    await new Promise(() => undefined);
  });
  const last = `id: 1-${places.at(-1)}\n`;
  const back = await open('1-0', query);
  expect(placesIn(await readUntil(back, last))).toEqual(places);
  const fresh = await open(undefined, query);
  await readUntil(fresh, ': follow\n\n');
  for (const live of liveFacts) fanOut.publish(toFrame(live));
  expect(placesIn(await readUntil(fresh, last))).toEqual(places);
});

test('EV-6 a reset is told whatever is filtered, and no place before it is given afterwards', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const { fanOut, open } = await listen();
  const response = await open(undefined, '?job=b');
  await readUntil(response, ': follow\n\n');
  fanOut.publish(toFrame(liveEvent(1)));
  fanOut.interrupt();
  expect(await readUntil(response, '\n\n')).toMatch(/^event: reset\n/);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await readUntil(response, '\n\n')).toBe(': still here\n\n');
});

test('EV-6 a client that comes back is served, though what it follows is gone', async () => {
  const { open } = await listen(async function* () {
    yield { epoch: 1, sequence: 1, event: changeOf(1, 'gone') };
    await new Promise(() => undefined);
  });
  expect((await open(undefined, '?job=gone')).status).toBe(400);
  expect(await readUntil(await open('1-0', '?job=gone'), 'id: 1-1\n')).toMatch('id: 1-1');
});

test.each([
  ['type=run.faild', 'type', 'run.failed'],
  ['type=runs.*', 'type', 'run.*'],
  ['job=aa', 'job', 'a'],
  ['job=a,', 'job', undefined],
  [`run=${runId.replace('abcd', 'abce')}`, 'run', undefined],
  ['run=abcd', 'run', undefined],
  ['jobs=a', 'jobs', 'job'],
  [`type=${'run.*,'.repeat(50)}run.*`, 'type', undefined],
])('?%s is refused with what was meant', async (query, path, nearest) => {
  const { open } = await listen();
  const response = await open(undefined, `?${query}`);
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { code: 'invalid_request', errors: [nearest === undefined ? { path } : { path, nearest }] },
  ]);
});

test('EV-6 who begins is told where, and how far the events reach that it does not want', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const { fanOut, open } = await listen();
  fanOut.publish(toFrame(liveEvent(41)));
  const response = await open(undefined, '?job=b');
  await readUntil(response, 'id: 1-41\n\n');
  fanOut.publish(toFrame(liveEvent(42)));
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await readUntil(response, '\n\n')).toBe(': still here\nid: 1-42\n\n');
});
