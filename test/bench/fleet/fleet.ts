import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@flotilla/embedded';
import { connect, type Store } from '@flotilla/storage';
import { createCrew, type Settings } from '../../support/crew.ts';
import { FleetApi } from '../../support/fleet-api.ts';
import { flotilla } from '../../support/flotilla.ts';
import type { ServiceProcess } from '../../support/service-process.ts';
import { marksFile } from '../inside/wait-inside.ts';
import type { Programs } from './bundle-programs.ts';
import type { Premises } from './premises.ts';

export interface FleetSize {
  readonly workers: number;
  /** Turns at once of each worker. */
  readonly slots: number;
}

/** One scheduler, one API and some workers on a scenario's servers. */
export interface Fleet {
  readonly api: FleetApi;
  readonly store: Store;
  readonly services: readonly ServiceProcess[];
  /** The runs whose turns have waited inside workers: one entry for each start, for as long as the fleet lives. */
  turns(): Promise<string[]>;
  stop(): Promise<void>;
}

const adminToken = 'the-admin-of-a-bench-fleet';

/** The first fleet on its premises makes the database; a later one finds it. */
export async function startFleet(
  { dir, servers }: Premises,
  programs: Programs,
  { workers, slots }: FleetSize,
): Promise<Fleet> {
  const credentials = await writeCredentials(dir, {
    DATABASE_URL: servers.postgres.spec.url,
    REDIS_URL: servers.redis.spec.url,
    NATS_URL: servers.nats.spec.url,
  });
  const environment = { ...credentials, FLOTILLA_ADMIN_TOKEN: adminToken };
  const { code, stderr } = await flotilla(['init'], { folder: dir, environment });
  if (code !== 0) throw new Error(`flotilla init ended with ${code}: ${stderr}`);
  const port = await freePort();
  const folder = join(dir, `crew-${port}`);
  await mkdir(folder);
  const crew = createCrew(folder, programs.service, credentials);
  const started = await Promise.allSettled([
    crew.add('scheduler', 1),
    crew.add('api', 1, { FLOTILLA_API_PORT: String(port) }),
    crew.add('worker', workers, {
      FLOTILLA_SLOTS: String(slots),
      FLOTILLA_DRAIN_GRACE: '2s',
    }),
  ]);
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await crew.stop();
    throw failed.reason;
  }
  const store = connect({ url: servers.postgres.spec.url, applicationName: 'bench', maxConnections: 4 });
  return {
    api: new FleetApi(`http://127.0.0.1:${port}`, adminToken),
    store,
    services: crew.all(),
    async turns() {
      const names = crew
        .all()
        .map(({ name }) => name)
        .filter((name) => name.startsWith('worker'));
      const files = names.map((name) => readFile(join(folder, name, marksFile), 'utf8').catch(() => ''));
      return (await Promise.all(files)).flatMap((text) => text.split('\n').filter((line) => line !== ''));
    },
    async stop() {
      await store.close();
      await crew.stop();
    },
  };
}

/** As files that only their owner reads: what is in a process's environment is for its turns to see. */
async function writeCredentials(dir: string, values: Settings): Promise<Settings> {
  const folder = join(dir, 'credentials');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries = Object.entries(values).map(async ([name, value]) => {
    await writeFile(join(folder, name), value, { mode: 0o600 });
    return [`${name}_FILE`, join(folder, name)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
