import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { maxWaitingBytes, openSseStream, type SseStream, slowLimitMs } from './sse-stream.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const close of closing.splice(0)) close();
});

/** A stream to a client that takes nothing. */
async function openUnread(): Promise<SseStream> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = request({ port: (server.address() as AddressInfo).port });
  client.on('response', (response) => response.pause()).on('error', () => undefined);
  client.end();
  closing.push(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  return openSseStream(response);
}

const quarter = 'x'.repeat(maxWaitingBytes / 4);

test('a client that lets too much wait for it is cut off', async () => {
  const stream = await openUnread();
  const gone = once(stream.signal, 'abort');
  for (let written = 0; written < 1_000 && !stream.signal.aborted; written++) {
    stream.write(quarter);
    await new Promise(setImmediate);
  }
  await gone;
  await expect(stream.drained()).resolves.toBeUndefined();
});

test('one that is served at its own pace is cut off when it takes nothing for a while', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const stream = await openUnread();
  const serving = (async () => {
    for (;;) {
      stream.write(quarter);
      await stream.drained();
    }
  })();
  const cut = expect(serving).rejects.toThrow();
  while (!stream.signal.aborted) {
    await vi.advanceTimersByTimeAsync(slowLimitMs);
    await new Promise(setImmediate); // the kernel takes some of it first
  }
  await cut;
});
