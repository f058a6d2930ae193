import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { waitFor } from './wait-for.ts';

/** Says each line again, and remembers what it was told. */
const told: string[] = [];
const serverEnds: Socket[] = [];
const server = createServer((socket) => {
  serverEnds.push(socket);
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    told.push(bytes.toString());
    socket.write(bytes);
  });
});

let proxy: TcpProxy;

beforeEach(async () => {
  told.length = 0;
  serverEnds.length = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await openTcpProxy(`tcp://user:word@127.0.0.1:${(server.address() as AddressInfo).port}/path`);
});

afterEach(async () => {
  await proxy.close();
  for (const socket of serverEnds) socket.destroy();
  server.close();
  await once(server, 'close');
});

async function aClient() {
  const { hostname, port } = new URL(proxy.url);
  const socket = connect(Number(port), hostname);
  const heard: string[] = [];
  let end: string | undefined;
  socket.on('data', (bytes) => heard.push(bytes.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code;
  });
  socket.on('close', () => {
    end ??= 'closed';
  });
  await once(socket, 'connect');
  return {
    socket,
    say: (line: string) => socket.write(line),
    heard: (line: string) => waitFor(`the answer ${line}`, () => heard.join('').includes(line)),
    all: () => heard.join(''),
    end: () => waitFor('the end of the connection', () => end),
    isOpen: () => end === undefined,
  };
}

const wasTold = (line: string) =>
  waitFor(`the server to be told ${line}`, () => told.join('').includes(line));

test('bytes and ends come through both ways, and are counted', async () => {
  expect(proxy.url).toMatch(/^tcp:\/\/user:word@127\.0\.0\.1:\d+\/path$/);
  const client = await aClient();
  client.say('one');
  await client.heard('one');
  expect(proxy.counts()).toEqual({ opened: 1, open: 1, silent: 0, bytesUp: 3, bytesDown: 3, bytesLost: 0 });
  serverEnds[0]?.end('last words');
  await client.heard('last words');
  expect(await client.end()).toBe('closed');
  await waitFor('the connection to be forgotten', () => proxy.counts().open === 0);
});

test('a server that is away is away behind the line too', async () => {
  const { port } = server.address() as AddressInfo;
  const free = await openTcpProxy('tcp://127.0.0.1:1');
  expect(port).not.toBe(1);
  const socket = connect(Number(new URL(free.url).port), '127.0.0.1');
  await once(socket.on('error', () => undefined).resume(), 'close');
  await free.close();
});

test('cut resets present connections and new ones, until the line is mended', async () => {
  const first = await aClient();
  proxy.strike('cut');
  expect(await first.end()).toBe('ECONNRESET');
  const second = await aClient().catch(({ code }: NodeJS.ErrnoException) => code);
  if (typeof second === 'object') expect(await second.end()).toBe('ECONNRESET');
  proxy.pass();
  const third = await aClient();
  third.say('three');
  await third.heard('three');
  proxy.strike('cut', 'present');
  expect(await third.end()).toBe('ECONNRESET');
  const fourth = await aClient();
  fourth.say('four');
  await fourth.heard('four');
});

test('swallow lets the question through and loses the answer; mending cuts what has lost bytes', async () => {
  const [client, idle] = [await aClient(), await aClient()];
  proxy.strike('swallow');
  client.say('question');
  await wasTold('question');
  await waitFor('the answer to be lost', () => proxy.counts().bytesLost === 8);
  expect([client.all(), client.isOpen(), proxy.counts().silent]).toEqual(['', true, 2]);
  proxy.pass();
  expect(await client.end()).toBe('ECONNRESET');
  idle.say('still there');
  await idle.heard('still there');
});

test('an end that is swallowed is not heard', async () => {
  const client = await aClient();
  client.say('hello');
  await client.heard('hello');
  proxy.strike('swallow', 'present');
  serverEnds[0]?.destroy();
  const other = await aClient();
  other.say('a round trip later');
  await other.heard('a round trip later');
  expect(client.isOpen()).toBe(true);
});

test('hold keeps both ways silent, and lets them go on afterwards', async () => {
  const [client, leaver] = [await aClient(), await aClient()];
  leaver.say('leaver');
  await leaver.heard('leaver');
  proxy.strike('hold', 'present');
  client.say('held');
  leaver.socket.destroy();
  const other = await aClient();
  other.say('a round trip later');
  await other.heard('a round trip later');
  expect(told.join('')).not.toContain('held');
  expect(
    serverEnds.map(({ readyState }) => readyState),
    'the server hears of no end',
  ).toEqual(['open', 'open', 'open']);
  proxy.pass();
  await client.heard('held');
  await waitFor('the server to hear of the end', () => serverEnds[1]?.readyState !== 'open');
});

test('a delay counts each way, and keeps the order when it ends', async () => {
  const client = await aClient();
  proxy.strike({ delayMs: 60 });
  const before = performance.now();
  client.say('slow');
  await client.heard('slow');
  expect(performance.now() - before).toBeGreaterThanOrEqual(118);
  client.say('first,');
  await waitFor('the bytes to be on their way', () => proxy.counts().bytesUp === 10);
  proxy.pass();
  client.say('second');
  await client.heard('first,second');
});

test('only new connections are struck where that is asked', async () => {
  const before = await aClient();
  before.say('before');
  await before.heard('before');
  proxy.strike('hold', 'new');
  const after = await aClient();
  after.say('after');
  before.say('again');
  await before.heard('again');
  expect(told.join('')).not.toContain('after');
});

test('a trap strikes the one connection that says the word, once, in pieces too', async () => {
  const [one, two] = [await aClient(), await aClient()];
  const struck = proxy.strikeAt('COMMIT', 'swallow');
  one.say('BEGIN');
  await one.heard('BEGIN');
  two.say('COM');
  await two.heard('COM');
  two.say('MIT');
  await struck;
  await wasTold('MIT');
  one.say('COMMIT');
  await one.heard('COMMIT');
  await waitFor('the answer to be lost', () => proxy.counts().bytesLost === 3);
  expect(two.all()).toBe('COM');
});

test.each(['cut', 'hold'] as const)('what springs a trap of %s does not reach the server', async (fault) => {
  const client = await aClient();
  const struck = proxy.strikeAt('COMMIT', fault);
  client.say('COMMIT');
  await struck;
  const other = await aClient();
  other.say('a round trip later');
  await other.heard('a round trip later');
  expect(told.join('')).not.toContain('COMMIT');
  if (fault === 'cut') expect(await client.end()).toBe('ECONNRESET');
  proxy.pass();
  if (fault === 'hold') await client.heard('COMMIT');
});

test('mending forgets the traps', async () => {
  const client = await aClient();
  void proxy.strikeAt('COMMIT', 'cut');
  proxy.pass();
  client.say('COMMIT');
  await client.heard('COMMIT');
});
