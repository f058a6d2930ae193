import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { type FakeApi, startFakeApi } from '../testing/fake-api.ts';
import { ApiClient } from './api-client.ts';
import { followLog } from './follow-log.ts';

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.close();
});

function output(id: string, text: string): string {
  const body = { attempt: 1, stream: 'stdout', base64: Buffer.from(text).toString('base64') };
  return `id: ${id}\nevent: output\ndata: ${JSON.stringify(body)}\n\n`;
}

const end = 'event: end\ndata: {"state":"failed","reason":"exit_code"}\n\n';

/** Each connection gets the next of these and is then ended. */
async function read(connections: readonly (string | ((response: ServerResponse) => void))[]) {
  let served = 0;
  api = await startFakeApi(() => ({
    raw: (response) => {
      const next = connections[served++];
      if (typeof next === 'function') return next(response);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(next);
    },
  }));
  const client = new ApiClient({ url: `${api.url}/`, token: 'secret', source: 'FLOTILLA_URL' });
  let text = '';
  for await (const { bytes } of followLog(client, 'r', { stream: 'stdout' }, { firstPauseMs: 1 }))
    text += Buffer.from(bytes).toString();
  return text;
}

test('a log goes on where its connection broke, and ends with its run', async () => {
  const away = (response: ServerResponse) => response.writeHead(503).end('{}');
  const text = await read([output('1.1.0', 'ä'), away, output('1.2.0', 'b') + end]);
  expect(text).toBe('äb');
  expect(api?.requests.map(({ line, headers }) => [line, headers['last-event-id']])).toEqual([
    ['GET /api/v1/runs/r/log?stream=stdout&follow=1', undefined],
    ['GET /api/v1/runs/r/log?stream=stdout&follow=1', '1.1.0'],
    ['GET /api/v1/runs/r/log?stream=stdout&follow=1', '1.1.0'],
  ]);
});

test('a piece that broke off is asked for again, and nothing of it is shown twice', async () => {
  const whole = output('1.2.0', 'second\n');
  const text = await read([output('1.1.0', 'first\n') + whole.slice(0, -8), whole + end]);
  expect(text).toBe('first\nsecond\n');
});

test('what a newer release tells beside it is passed over', async () => {
  expect(await read([`event: progress\ndata: 50\n\n${output('1.1.0', 'a')}${end}`])).toBe('a');
});

test('a run that is gone ends it', async () => {
  const gone = (response: ServerResponse) => response.writeHead(404).end('{}');
  await expect(read([output('1.1.0', 'a'), gone])).rejects.toMatchObject({ reason: 'notFound' });
});
