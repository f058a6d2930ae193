import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, inject, test } from 'vitest';
import { type ConnectionKind, connectRedis, QueueUnavailable } from './connect.ts';

const kinds: readonly ConnectionKind[] = ['asking', 'blocking'];

async function refusalOf(url: string, kind: ConnectionKind): Promise<string> {
  const failure = await connectRedis(url, kind, () => undefined).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(QueueUnavailable);
  return (failure as Error).message;
}

function changed(fields: Partial<URL>): string {
  return Object.assign(new URL(inject('redisUrl')), fields).href;
}

async function listen(answer: (socket: Socket) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: String((server.address() as AddressInfo).port) };
}

test.each(kinds)('no server, a wrong password and none say so in one line (%s)', async (kind) => {
  const { server, port } = await listen(() => undefined);
  server.close();
  await once(server, 'close');
  expect(await refusalOf(changed({ port }), kind)).toBe(
    `Redis cannot be used: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
  for (const password of ['wrong', '']) {
    expect(await refusalOf(changed({ password }), kind)).toBe(
      'Redis cannot be used: it refused the password in REDIS_URL',
    );
  }
});

test('a server that takes connections and never answers is given up', async () => {
  const sockets: Socket[] = [];
  const { server, port } = await listen((socket) => sockets.push(socket));
  expect(await refusalOf(changed({ port }), 'blocking')).toBe('Redis cannot be used: no answer within 5 s');
  for (const socket of sockets) socket.destroy();
  server.close();
});
