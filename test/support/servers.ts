import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  prepareNats,
  preparePostgres,
  prepareRedis,
  type RunningServer,
  type ServerOptions,
  type ServerSpec,
  startServer,
} from '@flotilla/embedded';

export type ServerName = ServerSpec['name'];

/** A server of a test's own, which it may kill and start again: same port, same data. */
export interface TestServer {
  readonly spec: ServerSpec;
  /** With credentials. */
  readonly url: string;
  /** The one that runs now, or ran last. */
  running(): RunningServer;
  /** As a crash: kill -9, gone when this returns. */
  crash(): Promise<void>;
  stop(): Promise<void>;
  /** After `crash` or `stop`: returns when it answers. `environment` is added to its own. */
  restart(environment?: Readonly<Record<string, string>>): Promise<void>;
}

export type TestServers<Name extends ServerName = ServerName> = Readonly<Record<Name, TestServer>> & {
  /** Stops all of them and deletes their data. */
  stop(): Promise<void>;
};

/** Shared by all tests and by `flotilla up`. */
export const binariesDir = fileURLToPath(
  new URL('../../node_modules/.cache/flotilla/servers', import.meta.url),
);

const prepare: Record<ServerName, (options: ServerOptions) => Promise<ServerSpec>> = {
  postgres: (options) => preparePostgres({ ...options, durable: false }),
  redis: prepareRedis,
  nats: prepareNats,
};

/**
 * Starts the named servers (by default all three) side by side, with data and logs below `dir`.
 * They end with this process, however it ends.
 */
export async function startServers<Name extends ServerName = ServerName>(
  dir: string,
  ...names: Name[]
): Promise<TestServers<Name>> {
  await mkdir(dir, { recursive: true });
  const wanted: readonly ServerName[] = names.length > 0 ? names : ['postgres', 'redis', 'nats'];
  const started = await Promise.allSettled(wanted.map((name) => startTestServer(name, dir)));
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map(discard));
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const byName = Object.fromEntries(servers.map((server) => [server.spec.name, server]));
  return { ...(byName as Record<Name, TestServer>), stop };
}

async function startTestServer(name: ServerName, dir: string): Promise<TestServer> {
  const spec = await prepare[name]({ dir: join(dir, name), binariesDir, report: announce });
  const start = (environment = {}): Promise<RunningServer> =>
    startServer(
      { ...spec, env: { ...spec.env, ...environment } },
      { logFile: join(dir, `${name}.log`), endsWithUs: true },
    );
  let running = await start();
  return {
    spec,
    url: spec.url,
    running: () => running,
    crash: async () => {
      running.kill('SIGKILL');
      await running.exited;
    },
    stop: () => running.stop(),
    restart: async (environment) => {
      running = await start(environment);
    },
  };
}

async function discard(server: TestServer): Promise<void> {
  await server.stop();
  await rm(dirname(server.spec.dataDir), { recursive: true, force: true });
}

function announce(line: string): void {
  process.stderr.write(`${line}\n`);
}
