import type { ServerResponse } from 'node:http';
import type { Event } from '@flotilla/domain';
import { afterEach, expect, test } from 'vitest';
import { type FakeApi, startFakeApi } from '../testing/fake-api.ts';
import { ApiClient } from './api-client.ts';
import { followEvents } from './follow-events.ts';

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.close();
});

const pauses = { firstPauseMs: 1, longestPauseMs: 2 };

function event(n: number): string {
  const data = {
    job: `job-${n}`,
    jobId: '01920000-0000-7000-8000-000000000001',
    version: n,
    revision: 1,
    oldRevision: null,
    enabled: true,
    actor: 'admin',
  };
  return JSON.stringify({
    id: `x.${n}`,
    type: 'job.changed',
    entity: 'job',
    at: '2026-11-21T09:41:07.000Z',
    data,
  });
}

function frame(n: number): string {
  return `id: 1-${n}\nevent: job.changed\ndata: ${event(n)}\n\n`;
}

/** Each connection gets the next of these and is then ended, or kept open where it is the last. */
async function follow(connections: readonly (string | ((response: ServerResponse) => void))[]) {
  let served = 0;
  api = await startFakeApi(() => ({
    raw: (response) => {
      const next = connections[served++];
      if (typeof next === 'function') return next(response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(next ?? '');
      if (served < connections.length) response.end();
    },
  }));
  const client = new ApiClient({ url: `${api.url}/`, token: 'secret', source: 'FLOTILLA_URL' });
  return (options = {}) => followEvents(client, {}, { ...pauses, ...options });
}

async function take(events: AsyncIterable<Event>, count: number): Promise<string[]> {
  const jobs: string[] = [];
  for await (const { data } of events) {
    if ('job' in data) jobs.push(data.job);
    if (jobs.length === count) break;
  }
  return jobs;
}

const lastIds = () => api?.requests.map(({ headers }) => headers['last-event-id']);

test('a broken connection is taken up where it ended', async () => {
  const refuse = (response: ServerResponse) => response.writeHead(503).end('{}');
  const events = await follow([frame(1) + frame(2), refuse, frame(3)]);
  const breaks: unknown[] = [];
  expect(await take(events({ onBreak: (error: unknown) => breaks.push(error) }), 3)).toEqual([
    'job-1',
    'job-2',
    'job-3',
  ]);
  expect(lastIds()).toEqual([undefined, '1-2', '1-2']);
  expect(breaks).toHaveLength(1);
});

test('a line that falls silent counts as broken', async () => {
  const silent = (response: ServerResponse) => {
    response.writeHead(200).write(frame(1));
  };
  const events = await follow([silent, frame(2)]);
  expect(await take(events({ silenceMs: 30 }), 2)).toEqual(['job-1', 'job-2']);
});

test('after a reset the old place is forgotten', async () => {
  const events = await follow([`${frame(1)}event: reset\ndata: {}\n\n`, frame(9)]);
  expect(await take(events(), 2)).toEqual(['job-1', 'job-9']);
  expect(lastIds()).toEqual([undefined, undefined]);
});

test('facts of a newer release are passed over', async () => {
  const events = await follow([`id: 1-1\ndata: {"type":"run.teleported"}\n\ndata: {\n\n${frame(2)}`]);
  expect(await take(events(), 1)).toEqual(['job-2']);
});

test('a server that was never there is told at once', async () => {
  const events = await follow([(response) => response.writeHead(401).end('{}')]);
  await expect(take(events(), 1)).rejects.toMatchObject({ reason: 'refused' });
});

test('those who stop reading hang up', async () => {
  let closed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const events = await follow([
    (response) => {
      response.on('close', closed);
      response.writeHead(200).write(frame(1));
    },
  ]);
  await take(events(), 1);
  await gone;
});
