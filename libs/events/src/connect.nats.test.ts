import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, inject, test } from 'vitest';
import { connectNats, EventsUnavailable } from './connect.ts';

async function refusalOf(url: string): Promise<string> {
  const failure = await connectNats({ url, name: 'flotilla test' }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EventsUnavailable);
  return (failure as Error).message;
}

function changed(fields: Partial<URL>): string {
  return Object.assign(new URL(inject('natsUrl')), fields).href;
}

async function listen(answer: (socket: Socket) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: String((server.address() as AddressInfo).port) };
}

test('a wrong token, none, no server and what is no url say so in one line', async () => {
  const { server, port } = await listen(() => undefined);
  server.close();
  await once(server, 'close');
  const refused = 'NATS cannot be used: it refused the token or password in NATS_URL';
  expect(await refusalOf(changed({ username: 'wrong' }))).toBe(refused);
  expect(await refusalOf(changed({ username: '' }))).toBe(refused);
  expect(await refusalOf(changed({ username: 'user', password: 'wrong' }))).toBe(refused);
  expect(await refusalOf(changed({ port }))).toBe(
    'NATS cannot be used: nothing listens where NATS_URL points',
  );
  expect(await refusalOf('localhost')).toMatch(/^NATS cannot be used: NATS_URL is not a URL: write nats:/);
});

test('a server that takes connections and says nothing is given up', async () => {
  const sockets: Socket[] = [];
  const { server, port } = await listen((socket) => sockets.push(socket));
  expect(await refusalOf(changed({ port }))).toBe('NATS cannot be used: no answer within 5 s');
  for (const socket of sockets) socket.destroy();
  server.close();
});
