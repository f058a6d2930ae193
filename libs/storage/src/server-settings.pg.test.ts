import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { expect, inject, onTestFinished, test } from 'vitest';
import { bounds, connect, type Store } from './connect.ts';
import { deleteJob } from './delete-job.ts';
import { listZonesInUse, readServerSettings, refusesStartupOptions } from './server-settings.ts';
import { aJob, databaseNow, openTestLedger } from './test-ledger.ts';

const { store, sql } = await openTestLedger();

function storeAt(url: string): Store {
  const opened = connect({ url, applicationName: 'flotilla test', maxConnections: 1 });
  onTestFinished(() => opened.close());
  return opened;
}

/** A pooler as far as a client can see it: it may change what clients send first, and what it answers. */
async function poolerUrl(pooler: {
  readonly onStartup?: (packet: Buffer) => Buffer;
  readonly onAnswer?: (packet: Buffer) => Buffer;
  readonly refusal?: Buffer;
}): Promise<string> {
  const { hostname, port } = new URL(inject('pgUrl'));
  const server = createServer((client) => {
    client.on('error', () => undefined);
    client.once('data', (startup) => {
      if (pooler.refusal !== undefined) {
        client.end(pooler.refusal);
        return;
      }
      const upstream = connectTcp(Number(port), hostname);
      upstream.on('error', () => client.destroy());
      client.on('close', () => upstream.destroy());
      upstream.write(pooler.onStartup?.(startup) ?? startup);
      client.pipe(upstream);
      upstream.on('data', (packet) => client.write(pooler.onAnswer?.(packet) ?? packet));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const { port: own } = server.address() as AddressInfo;
  return Object.assign(new URL(inject('pgUrl')), { port: String(own) }).href;
}

test('what is in force on a session of a store, as Postgres has it', async () => {
  const before = await databaseNow(store);
  const settings = await readServerSettings(store);
  const rows = await sql<{ version: string }>("SELECT current_setting('server_version') AS version");
  expect(settings).toMatchObject({
    version: rows[0]?.version,
    isStandby: false,
    synchronousCommit: 'on',
    fsync: false,
    maxConnections: 197,
    isPooled: false,
    refusedBounds: [],
  });
  expect(settings.versionNumber).toBeGreaterThanOrEqual(150_000);
  expect(settings.connections).toBeGreaterThan(0);
  expect(settings.now).toBeGreaterThanOrEqual(before);
  expect(settings.now).toBeLessThanOrEqual(await databaseNow(store));
});

test('a setting of the user or database counts, not that of the server', async () => {
  const [row] = await sql<{ name: string }>('SELECT current_database() AS name');
  await sql(`ALTER DATABASE ${row?.name} SET synchronous_commit = off`);
  onTestFinished(async () => {
    await sql(`ALTER DATABASE ${row?.name} RESET synchronous_commit`);
  });
  const url = Object.assign(new URL(inject('pgUrl')), { pathname: `/${row?.name}` }).href;
  expect(await readServerSettings(storeAt(url))).toMatchObject({ synchronousCommit: 'off' });
});

test('TX-5 a pooler that drops the options is seen by the bounds that are missing', async () => {
  // The same length, so that the packet stays whole: another parameter that nobody minds.
  const onStartup = (packet: Buffer) =>
    Buffer.from(
      packet.toString('latin1').replace(/options\0[^\0]*/, (found) => {
        return `options\0${'-c TimeZone=UTC'.padEnd(found.length - 'options\0'.length)}`;
      }),
      'latin1',
    );
  const { refusedBounds } = await readServerSettings(storeAt(await poolerUrl({ onStartup })));
  expect(refusedBounds).toEqual([
    { name: 'idle_in_transaction_session_timeout', wantedMs: bounds.idleInTransactionMs, actualMs: 0 },
    { name: 'statement_timeout', wantedMs: bounds.statementMs, actualMs: 0 },
    { name: 'lock_timeout', wantedMs: bounds.lockMs, actualMs: 0 },
  ]);
});

test('a pooler that passes everything on is seen by the session that it made up', async () => {
  const onAnswer = (packet: Buffer) => {
    const at = packet.indexOf(Buffer.from([0x4b, 0, 0, 0, 12])); // BackendKeyData
    if (at >= 0) packet.writeInt32BE(1, at + 5);
    return packet;
  };
  const settings = await readServerSettings(storeAt(await poolerUrl({ onAnswer })));
  expect(settings).toMatchObject({ isPooled: true, refusedBounds: [] });
});

test('a pooler that refuses the options is known by its answer; a wrong password is another matter', async () => {
  const fields = 'SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0';
  const refusal = Buffer.alloc(5 + fields.length);
  refusal.write('E');
  refusal.writeInt32BE(4 + fields.length, 1);
  refusal.write(fields, 5, 'latin1');
  const refused = readServerSettings(storeAt(await poolerUrl({ refusal })));
  expect(refusesStartupOptions(await refused.catch((error: unknown) => error))).toBe(true);
  const wrong = Object.assign(new URL(inject('pgUrl')), { password: 'wrong' }).href;
  const error = await readServerSettings(storeAt(wrong)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: 'Postgres refused the password in DATABASE_URL' });
  expect(refusesStartupOptions(error)).toBe(false);
});

test('zones are those of present jobs in their present revision', async () => {
  const zoned = (zone: string) => ({ schedule: { cron: '0 3 * * *', zone } });
  await aJob(store, zoned('Asia/Tokyo'));
  await aJob(store, zoned('Europe/Berlin'));
  await aJob(store, zoned('Europe/Berlin'));
  await aJob(store);
  const gone = await aJob(store, zoned('Pacific/Chatham'));
  await deleteJob(store, gone.slug, { actor: 'test', detach: false });
  expect(await listZonesInUse(store)).toEqual([
    { zone: 'Asia/Tokyo', jobs: 1 },
    { zone: 'Europe/Berlin', jobs: 2 },
  ]);
});
