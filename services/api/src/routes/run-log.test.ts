import type { LogPlace, RunProgress } from '@flotilla/storage';
import { afterEach, expect, test } from 'vitest';
import type { App } from '../app.ts';
import { maxLogFollowers } from '../tail/log-followers.ts';
import { createLogTails } from '../tail/log-tails.ts';
import { ledgerOf, liveOf, openDoor, runId, runOf, token } from '../testing/door.ts';
import { readUntil } from '../testing/event-stream.ts';

const opened: App[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((app) => app.close()));
});

const bytes = Buffer.from([0x61, 0xff, 0x0a]);
const piece = (stream: 'stdout' | 'stderr', seq: number) => ({
  runId,
  attempt: 1,
  stream,
  seq,
  at: 0,
  bytes,
});
const frame = (id: string, stream: string) =>
  `id: ${id}\nevent: output\ndata: {"attempt":1,"stream":"${stream}","base64":"${bytes.toString('base64')}"}\n\n`;
const running = { state: 'running', reason: null, attempt: 1 } as const;

/** A door before one run, which has written a piece to each stream. */
async function listen(progress: () => Promise<RunProgress | null> = async () => running) {
  const announced: string[] = [];
  const tails = createLogTails((run) => announced.push(run));
  const readFrom = async function* (_id: string, _attempt: number, from: LogPlace) {
    if (from.stdout === 0) yield piece('stdout', 0);
    if (from.stderr === 0) yield piece('stderr', 0);
  };
  const ledger = ledgerOf({ runs: { get: async () => runOf(), readFrom, progress } });
  const { app } = await openDoor(ledger, liveOf({ tails }));
  opened.push(app);
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/runs/${runId}/log`;
  const open = (query = '?follow=1', headers: Record<string, string> = {}) =>
    fetch(`${url}${query}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  return { app, tails, announced, open };
}

test('a log that is followed comes piece by piece, and workers are told that it is', async () => {
  const { tails, announced, open } = await listen();
  const response = await open();
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(await readUntil(response, 'id: 1.1.1')).toContain(
    frame('1.1.0', 'stdout') + frame('1.1.1', 'stderr'),
  );
  expect(announced).toEqual([runId]);
  tails.publish(piece('stderr', 1));
  expect(await readUntil(response, '\n\n')).toBe(frame('1.1.2', 'stderr'));
});

test('who comes back goes on behind the last id; one stream comes alone', async () => {
  const { open } = await listen();
  const back = await open('?follow=true', { 'last-event-id': '1.1.0' });
  expect(await readUntil(back, '1.1.1')).toBe(`: follow\n\n${frame('1.1.1', 'stderr')}`);
  const stderr = await open('?follow=1&stream=stderr');
  expect(await readUntil(stderr, '1.1.1')).toBe(`: follow\n\n${frame('1.1.1', 'stderr')}`);
});

test('it ends with the run, and says how that ended', async () => {
  const { open } = await listen(async () => ({ state: 'failed', reason: 'exit_code', attempt: 1 }));
  expect(await (await open()).text()).toMatch(
    /id: 1\.1\.1\n.*\n\nevent: end\ndata: \{"state":"failed","reason":"exit_code"\}\n\n$/s,
  );
});

test('where Postgres goes away the line ends without an end, and the client comes back', async () => {
  const { open } = await listen(() => Promise.reject(new Error('Postgres is away')));
  expect(await (await open()).text()).toBe(': follow\n\n');
});

test.each([
  ['?follow=yes', {}],
  ['?follow=1', { 'last-event-id': '1-42' }],
])('%s with %j is refused', async (query, headers) => {
  const { open } = await listen();
  const response = await open(query, headers);
  expect([response.status, await response.json()]).toMatchObject([400, { code: 'invalid_request' }]);
});

test('one follower too many is 503, a place that is left is free again, and a stop ends them all', async () => {
  const { app, open } = await listen();
  const followers = await Promise.all(Array.from({ length: maxLogFollowers }, () => open()));
  const refused = await open();
  expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'too_many_listeners' }]);
  expect((await open('')).status, 'a log that is only read').toBe(200);
  await followers[0]?.body?.cancel();
  await expect.poll(async () => (await open()).status).toBe(200);
  await app.close();
  expect(await readUntil(followers[1] as Response, 'never')).toContain(frame('1.1.1', 'stderr'));
});
