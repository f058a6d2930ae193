import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { bounds, connect } from './connect.ts';
import { StorageUnavailable } from './errors.ts';
import { read } from './read.ts';
import { statement } from './statement.ts';
import { databaseUrl, openTestLedger } from './test-ledger.ts';

const ledger = await openTestLedger();
const { sql } = ledger;
const ping = statement('', 'SELECT 1 AS one');

/** What the first statement of a store on `url` fails with. */
async function failureOf(url: string): Promise<unknown> {
  const other = connect({ url, applicationName: 'test' });
  try {
    return await other.ask(ping).catch((error: unknown) => error);
  } finally {
    await other.close();
  }
}

function changed(change: (url: URL) => void): string {
  const url = new URL(ledger.url);
  change(url);
  return url.href;
}

async function listen(answer: (socket: Socket) => void): Promise<{ server: Server; port: string }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: String((server.address() as AddressInfo).port) };
}

test('no server, a wrong password and an unknown database say so in one line', async () => {
  const { server, port } = await listen(() => undefined);
  server.close();
  const failures = await Promise.all([
    failureOf(changed((url) => Object.assign(url, { port }))),
    failureOf(changed((url) => Object.assign(url, { password: 'wrong' }))),
    failureOf(databaseUrl('nobody')),
  ]);
  for (const failure of failures) expect(failure).toBeInstanceOf(StorageUnavailable);
  expect(failures.map((failure) => (failure as Error).message)).toEqual([
    `Postgres cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
    'Postgres refused the password in DATABASE_URL',
    'the database named in DATABASE_URL does not exist',
  ]);
});

test('TX-5 every session has its time-outs, and its times are UTC', async () => {
  const names = ['idle_in_transaction_session_timeout', 'statement_timeout', 'lock_timeout', 'TimeZone'];
  const rows = await Promise.all(
    names.map((name) => sql<{ value: string }>('SELECT current_setting($1) AS value', [name])),
  );
  expect(rows.map(([row]) => row?.value)).toEqual(['5s', '10s', '2s', 'UTC']);
});

test('a store that keeps its plans plans each statement once; any other whenever that may pay', async () => {
  const modeOf = async (keepsPlans: boolean) => {
    const store = connect({ url: ledger.url, applicationName: 'test', keepsPlans });
    const [row] = await store.ask<{ plan_cache_mode: string }>(statement('', 'SHOW plan_cache_mode'));
    await store.close();
    return row?.plan_cache_mode;
  };
  expect([await modeOf(true), await modeOf(false)]).toEqual(['force_generic_plan', 'auto']);
});

test('TX-5 a statement that nobody answers is given up, and its connection destroyed', async () => {
  const opened: Socket[] = [];
  // Lets the session begin, then swallows whatever is asked.
  const { server, port } = await listen((socket) => {
    opened.push(socket);
    socket.once('data', () => {
      const authenticationOk = '520000000800000000';
      const readyForQuery = '5a0000000549';
      socket.write(Buffer.from(authenticationOk + readyForQuery, 'hex'));
      socket.resume();
    });
  });
  const url = changed((to) => Object.assign(to, { port }));
  const silent = connect({ url, applicationName: 'test', replyMs: 50 });
  const failure = await silent.ask(ping).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StorageUnavailable);
  expect((failure as Error).message).toBe('Postgres cannot be reached: Query read timeout');
  await expect(silent.ask(ping)).rejects.toBeInstanceOf(StorageUnavailable);
  expect(silent.connections()).toBe(2);
  for (const socket of opened) if (!socket.closed) await once(socket, 'close');
  await silent.close();
  server.close();
});

const ownPid = statement('', 'SELECT pg_backend_pid() AS pid');

/** Ends a connection from outside, as a restart of the server does. */
async function terminate([row]: readonly { pid: number }[]): Promise<void> {
  await sql('SELECT pg_terminate_backend($1)', [row?.pid]);
}

test('a connection that the server ends inside a transaction is an error of that transaction alone', async () => {
  const victim = ledger.another();
  // Listens for the end alone: `once` would listen for errors too, and hide one that nobody hears.
  const ended = new Promise<void>((resolve) => {
    victim.pool.once('acquire', (client) => client.once('end', () => resolve()));
  });
  const failure = victim.transaction(async (session) => {
    await terminate(await session.ask<{ pid: number }>(ownPid));
    await ended;
    await session.ask(ping);
  });
  await expect(failure).rejects.toBeInstanceOf(StorageUnavailable);
  expect(await victim.ask(ping)).toEqual([{ one: 1 }]);
});

test('a read through Prisma whose connection the server ends says so in one line', async () => {
  const victim = ledger.another();
  const sleeping = read(victim.prisma.$queryRaw`SELECT pg_sleep(30)`).catch((error: unknown) => error);
  const asleep = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active'";
  await terminate(await waitForRows(asleep));
  const failure = await sleeping;
  expect(failure).toBeInstanceOf(StorageUnavailable);
  expect((failure as Error).message).toMatch(/^Postgres [^\n/]+$/);
});

async function waitForRows(text: string): Promise<{ pid: number }[]> {
  for (;;) {
    const rows = await sql<{ pid: number }>(text);
    if (rows.length > 0) return rows;
  }
}

test('LV-3 an idle connection that the server ends is replaced, which shows in the count of connections', async () => {
  const victim = ledger.another();
  expect(victim.connections()).toBe(0);
  await victim.ask(ping);
  const ended = once(victim.pool, 'error');
  await terminate(await victim.ask<{ pid: number }>(ownPid));
  await ended;
  expect(victim.connections()).toBe(1);
  expect(await victim.ask(ping)).toEqual([{ one: 1 }]);
  expect(victim.connections()).toBe(2);
});

test('an error rolls the transaction back, and its connection serves on', async () => {
  const other = ledger.another();
  await other.ask(statement('', 'CREATE TABLE notes (note text)'));
  const failing = other.transaction(async (session) => {
    await session.ask(statement('', "INSERT INTO notes VALUES ('lost')"));
    await session.ask(statement('', 'SELECT 1 / 0'));
  });
  await expect(failing).rejects.toMatchObject({ code: '22012' });
  expect(await other.ask(statement('', 'SELECT * FROM notes'))).toEqual([]);
  expect(other.connections()).toBe(1);
});

test('instants come as epoch milliseconds, bigints as numbers', async () => {
  const [row] = await sql(
    `SELECT '2027-03-28 01:59:59.999+00'::timestamptz(3) AS after, '1969-12-31 23:59:59+00'::timestamptz(3) AS before,
       9007199254740991::bigint AS most`,
  );
  expect(row).toEqual({
    after: Date.UTC(2027, 2, 28, 1, 59, 59, 999),
    before: -1_000,
    most: 9007199254740991,
  });
});

test('the client gives up after the server would have', () => {
  expect(bounds.replyMs).toBeGreaterThan(bounds.statementMs);
});
