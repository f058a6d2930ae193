import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterOurEnd, freePort } from '@flotilla/embedded';
import { connect } from '@flotilla/storage';
import { bundledServices } from './bundles.ts';
import { type Crew, createCrew, type Settings } from './crew.ts';
import { FleetApi } from './fleet-api.ts';
import { type Called, flotilla } from './flotilla.ts';
import { openServerLines } from './server-lines.ts';
import { type ServerName, startServers, type TestServers } from './servers.ts';
import type { ServiceProcess } from './service-process.ts';
import type { TcpProxy } from './tcp-proxy.ts';

export interface FleetOptions {
  /** How many of each: one where nothing is said. */
  readonly schedulers?: number;
  readonly workers?: number;
  readonly apis?: number;
  /** Turns at once of each worker. Default 10. */
  readonly slots?: number;
  /** How long turns may go on after their worker was told to stop. Default 2 s. */
  readonly drainGraceSeconds?: number;
  /** The services reach the three servers by way of lines that the test may break; the test itself does not. */
  readonly proxied?: boolean;
}

/** Services on servers of their own, as `flotilla start …` on several hosts would run them. */
export interface Fleet {
  /** Everything of this fleet lies below it. */
  readonly dir: string;
  /** One file for each secret that turns may ask for. */
  readonly secretsDir: string;
  /** Urls of the servers, as variables that name files. */
  readonly credentials: Settings;
  readonly servers: TestServers;
  /** The line to a server. Throws where the fleet is not `proxied`. */
  line(server: ServerName): TcpProxy;
  /** A client of the first API, as admin. */
  readonly api: FleetApi;
  readonly crew: Crew;
  /** By number, from 0. */
  worker(index: number): ServiceProcess;
  addWorker(settings?: Settings): Promise<ServiceProcess>;
  /** Calls the command as a client of this fleet. */
  flotilla(...words: readonly string[]): Promise<Called>;
  /** Asks the database. */
  ask<Row extends object>(question: string, ...values: readonly unknown[]): Promise<Row[]>;
  /** Stops everything and removes it. Throws where a service had ended that nobody had told to. */
  stop(): Promise<void>;
}

/** Gives processes time to let go of the folder that is deleted behind them. */
const deleteLater = 'sleep 35; rm -rf "$0"';
const adminToken = 'the-admin-of-a-test-fleet';

/** Starts a fleet. It ends with this process, however that ends. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-e2e-'));
  const release = afterOurEnd('sh', '-c', deleteLater, dir);
  const remove = async () => {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    release();
  };
  const servers = await startServers(join(dir, 'servers')).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  try {
    return await staff(options, { dir, servers, remove });
  } catch (error) {
    await servers.stop();
    await remove();
    throw error;
  }
}

interface Premises {
  readonly dir: string;
  readonly servers: TestServers;
  readonly remove: () => Promise<void>;
}

async function staff(options: FleetOptions, { dir, servers, remove }: Premises): Promise<Fleet> {
  const lines = options.proxied === true ? await openServerLines(servers) : null;
  const credentials = await writeCredentials(dir, lines?.to ?? servers);
  await initDatabase(dir, credentials);
  const port = await freePort();
  const crew = createCrew(dir, await bundledServices(), credentials);
  const secretsDir = join(dir, 'secrets');
  await mkdir(secretsDir, { mode: 0o700 });
  const worker = { ...workerSettings(options), FLOTILLA_SECRETS_DIR: secretsDir };
  const addWorkers = (count: number, more: Settings = {}) =>
    crew.add('worker', count, { ...worker, ...more });
  const store = connect({ url: servers.postgres.url, applicationName: 'flotilla test', maxConnections: 2 });
  const stop = async () => {
    const crewStopped = await Promise.allSettled([crew.stop()]);
    await store.close();
    await lines?.close();
    await servers.stop();
    await remove();
    for (const one of crewStopped) if (one.status === 'rejected') throw one.reason;
  };
  const started = await Promise.allSettled([
    crew.add('scheduler', options.schedulers ?? 1),
    crew.add('api', 1, { FLOTILLA_API_PORT: String(port) }),
    crew.add('api', (options.apis ?? 1) - 1, { FLOTILLA_API_PORT: '0' }),
    addWorkers(options.workers ?? 1),
  ]);
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await Promise.allSettled([crew.stop(), store.close(), lines?.close()]);
    throw failed.reason;
  }
  const api = new FleetApi(`http://127.0.0.1:${port}`, adminToken);
  const client = { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: adminToken };
  return {
    dir,
    secretsDir,
    credentials,
    servers,
    line(server) {
      if (lines === null) throw new Error('only a fleet that is started as `proxied` has lines');
      return lines.to[server];
    },
    api,
    crew,
    worker: (index) => crew.member('worker', index),
    async addWorker(settings) {
      await addWorkers(1, settings);
      return crew.member('worker', crew.count('worker') - 1);
    },
    flotilla: (...words) => flotilla(words, { folder: dir, environment: client }),
    ask: (text, ...values) => store.ask({ name: '', text }, values),
    stop,
  };
}

function workerSettings({ slots = 10, drainGraceSeconds = 2 }: FleetOptions): Settings {
  return { FLOTILLA_SLOTS: String(slots), FLOTILLA_DRAIN_GRACE: `${drainGraceSeconds}s` };
}

/** As files that only their owner reads: what is in a process's environment is for its turns to see. */
async function writeCredentials(
  dir: string,
  servers: Readonly<Record<ServerName, { readonly url: string }>>,
): Promise<Settings> {
  const folder = join(dir, 'credentials');
  await mkdir(folder, { mode: 0o700 });
  const values = {
    DATABASE_URL: servers.postgres.url,
    REDIS_URL: servers.redis.url,
    NATS_URL: servers.nats.url,
  };
  const entries = Object.entries(values).map(async ([name, value]) => {
    await writeFile(join(folder, name), value, { mode: 0o600 });
    return [`${name}_FILE`, join(folder, name)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function initDatabase(folder: string, credentials: Settings): Promise<void> {
  const environment = { ...credentials, FLOTILLA_ADMIN_TOKEN: adminToken };
  const { code, stderr } = await flotilla(['init'], { folder, environment });
  if (code !== 0) throw new Error(`flotilla init ended with ${code}: ${stderr}`);
}
