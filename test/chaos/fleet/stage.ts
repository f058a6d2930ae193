import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterOurEnd, freePort } from '@flotilla/embedded';
import { connect, type Store } from '@flotilla/storage';
import type { ServiceName } from '../../support/bundles.ts';
import { FleetApi } from '../../support/fleet-api.ts';
import { flotilla } from '../../support/flotilla.ts';
import { openServerLines, type ServerLines } from '../../support/server-lines.ts';
import { startServers, type TestServers } from '../../support/servers.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Chance } from '../chance.ts';
import { type History, openHistory } from '../history.ts';
import { narrowPool } from '../load/waiting-jobs.ts';
import type { SourcePatch } from './apply-patches.ts';
import { bundleFleet } from './bundle-fleet.ts';
import { type Seat, takeSeat } from './seat.ts';

export interface Crew {
  readonly schedulers: number;
  readonly workers: number;
  /** Turns at once of each worker. */
  readonly slots: number;
}

/** A whole fleet, each of its processes and servers killable, each line between them breakable. */
export interface Stage {
  readonly dir: string;
  readonly servers: TestServers;
  readonly seats: readonly Seat[];
  seatsOf(service: ServiceName): readonly Seat[];
  readonly api: FleetApi;
  /** Asks the database over a line that nobody breaks. */
  readonly store: Store;
  readonly history: History;
  /** Marks of turns that wait inside workers, of claims and of settles. */
  readonly workerFile: string;
  /** Marks of the sink. */
  readonly sinkFile: string;
  /** Ends the services; servers and database stay. */
  dismiss(): Promise<void>;
  /** Ends and removes all of it; `keep` leaves the folder for whoever wants to look. */
  strike(keep: boolean): Promise<void>;
}

const adminToken = 'the-admin-of-a-chaos-fleet';
const deleteLater = 'sleep 35; rm -rf "$0"';

/** Starts servers and services, and waits until all of them are ready. They end with this process, however it ends. */
export async function setStage(
  crew: Crew,
  chance: Chance,
  patches: readonly SourcePatch[] = [],
): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-chaos-'));
  const undo: (() => Promise<void>)[] = [];
  const release = afterOurEnd('sh', '-c', deleteLater, dir);
  const strike = async (keep: boolean) => {
    for (const step of undo.splice(0).reverse()) await step();
    if (!keep) await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    release();
  };
  try {
    const servers = await startServers(join(dir, 'servers'));
    undo.push(() => servers.stop());
    const [workerFile, sinkFile] = [join(dir, 'workers.jsonl'), join(dir, 'sink')];
    const bundle = await bundleFleet(workerFile, patches);
    undo.push(() => bundle.remove());
    await initDatabase(dir, servers);
    const store = connect({ url: servers.postgres.url, applicationName: 'chaos', maxConnections: 4 });
    undo.push(() => store.close());
    const history = openHistory(join(dir, 'history.jsonl'));
    const apiPort = await freePort();

    const take = async (service: ServiceName, number: number, settings: Readonly<Record<string, string>>) => {
      const name = `${service}-${number}`;
      const lines = await openServerLines(servers);
      const environment = { ...(await writeCredentials(join(dir, 'credentials', name), lines)), ...settings };
      const main = bundle.main(service);
      return takeSeat({ name, service, main, dir, lines, environment, history, chance: chance.fork(name) });
    };
    const ofWorkers = {
      FLOTILLA_SLOTS: String(crew.slots),
      FLOTILLA_DRAIN_GRACE: '2s',
      FLOTILLA_POOLS: `default,${narrowPool.name}`,
    };
    const seats = await Promise.all([
      ...numbers(crew.schedulers).map((number) => take('scheduler', number, {})),
      ...numbers(crew.workers).map((number) => take('worker', number, ofWorkers)),
      take('api', 1, { FLOTILLA_API_PORT: String(apiPort) }),
    ]);
    const dismiss = async () => {
      await Promise.all(seats.map((seat) => seat.close()));
    };
    undo.push(dismiss);
    await Promise.all(seats.map((seat) => waitFor(`${seat.name} to be ready`, () => seat.isReady())));
    const api = new FleetApi(`http://127.0.0.1:${apiPort}`, adminToken);
    const seatsOf = (service: ServiceName) => seats.filter((seat) => seat.service === service);
    return { dir, servers, seats, seatsOf, api, store, history, workerFile, sinkFile, dismiss, strike };
  } catch (error) {
    await strike(false);
    throw error;
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** As files that only their owner reads: what is in a process's environment is for its turns to see. */
async function writeCredentials(folder: string, { to }: ServerLines): Promise<Record<string, string>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const urls = { DATABASE_URL: to.postgres.url, REDIS_URL: to.redis.url, NATS_URL: to.nats.url };
  const files: Record<string, string> = {};
  for (const [name, url] of Object.entries(urls)) {
    files[`${name}_FILE`] = join(folder, name);
    await writeFile(join(folder, name), url, { mode: 0o600 });
  }
  return files;
}

async function initDatabase(folder: string, servers: TestServers): Promise<void> {
  const { code, stderr } = await flotilla(['init'], {
    folder,
    environment: {
      DATABASE_URL: servers.postgres.url,
      REDIS_URL: servers.redis.url,
      NATS_URL: servers.nats.url,
      FLOTILLA_ADMIN_TOKEN: adminToken,
    },
  });
  if (code !== 0) throw new Error(`flotilla init ended with ${code}: ${stderr}`);
}
