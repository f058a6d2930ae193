import { join } from 'node:path';
import { Client } from 'pg';
import { type Address, addressOf } from './address.ts';
import { databaseName, initDatabase, postgresCommand, postgresEnv } from './init-database.ts';
import { isThere } from './is-there.ts';
import { keepSecret } from './keep-secret.ts';
import { makeWay } from './make-way.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { type PostgresSeat, postgresSeat } from './postgres-seat.ts';
import { privateFolder } from './private-folder.ts';
import type { ServerOptions, ServerSpec } from './server-spec.ts';

export interface PostgresOptions extends ServerOptions {
  /** False: without fsync, for data that nobody needs after the machine stops. Default true. */
  readonly durable?: boolean;
}

const probePatienceMs = 2_000;

/** Makes a database cluster if there is none, with one role and one database, both `flotilla`. */
export async function preparePostgres(options: PostgresOptions): Promise<ServerSpec> {
  const durable = options.durable ?? true;
  const native = await postgresBinaries();
  const dir = await privateFolder(options.dir);
  const seat = await postgresSeat(dir, native, options.report);
  const dataDir = join(seat.home, 'data');
  await ensureDatabase(seat, join(dir, 'password'), durable);
  const { secret } = await keepSecret(join(dir, 'password'));
  const address = await addressOf(options);
  const [command, ...args] = postgresCommand(seat, 'postgres', settings(address, dataDir, durable));
  const url = `postgresql://${databaseName}:${secret}@${address.clientHost}:${address.port}/${databaseName}`;
  return {
    name: 'postgres',
    command,
    args,
    env: postgresEnv(),
    cwd: seat.home,
    dataDir,
    url,
    port: address.port,
    stopSignal: 'SIGINT',
    makeWay: () => makeWay({ dataDir, program: 'postgres', lockFile: join(dataDir, 'postmaster.pid') }),
    ready: () => answersQuery(url),
  };
}

async function ensureDatabase(seat: PostgresSeat, passwordFile: string, durable: boolean): Promise<void> {
  const { secret, isNew } = await keepSecret(passwordFile);
  if (!(await isThere(join(seat.home, 'data')))) return initDatabase(seat, secret, durable);
  if (isNew) {
    throw new Error(`${seat.home}/data has lost its ${passwordFile}: put it back, or remove the data`);
  }
}

function settings(address: Address, dataDir: string, durable: boolean): string[] {
  const values = {
    listen_addresses: address.host,
    port: address.port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    fsync: durable ? 'on' : 'off',
  };
  return ['-D', dataDir, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

async function answersQuery(url: string): Promise<boolean> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: probePatienceMs,
    query_timeout: probePatienceMs,
  });
  client.on('error', () => undefined); // a lost connection fails the query below as well
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
