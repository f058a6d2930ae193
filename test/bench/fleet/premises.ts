import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  afterOurEnd,
  prepareNats,
  preparePostgres,
  prepareRedis,
  type RunningServer,
  type ServerSpec,
  startServer,
} from '@flotilla/embedded';
import { binariesDir, type ServerName } from '../../support/servers.ts';

/** Servers of a scenario's own, as `npm start` runs them: what they acknowledge is on the disk. */
export interface Premises {
  readonly dir: string;
  readonly servers: Readonly<Record<ServerName, RunningServer>>;
  /** Stops the servers and removes all of it. */
  close(): Promise<void>;
}

const prepare = { postgres: preparePostgres, redis: prepareRedis, nats: prepareNats } as const;
/** Counts statements, of us and of others alike: a figure that does not hold says where its time went. */
const counting = ['-c', 'shared_preload_libraries=pg_stat_statements'];

/** They end with this process, however it ends. */
export async function openPremises(): Promise<Premises> {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-bench-'));
  const release = afterOurEnd('sh', '-c', 'sleep 35; rm -rf "$0"', dir);
  const names: readonly ServerName[] = ['postgres', 'redis', 'nats'];
  const started = await Promise.allSettled(names.map((name) => start(dir, name)));
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all(servers.map(({ spec }) => rm(spec.dataDir, { recursive: true, force: true })));
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    release();
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const byName = Object.fromEntries(servers.map((server) => [server.spec.name, server]));
  return { dir, servers: byName as Record<ServerName, RunningServer>, close };
}

async function start(dir: string, name: ServerName): Promise<RunningServer> {
  const folder = join(dir, 'servers', name);
  await mkdir(folder, { recursive: true });
  const report = (line: string) => void process.stderr.write(`${line}\n`);
  const spec: ServerSpec = await prepare[name]({ dir: folder, binariesDir, report });
  const args = name === 'postgres' ? [...spec.args, ...counting] : spec.args;
  return startServer({ ...spec, args }, { logFile: join(dir, `${name}.log`), endsWithUs: true });
}
