import { searchPath } from './config.ts';
import { fetchServers } from './fetch-servers.ts';
import { fetchedRoot, fetchedServers } from './fetched-servers.ts';
import { findBinary } from './find-binary.ts';
import type { ServerOptions } from './server-spec.ts';

/** An executable and the environment it needs. */
export interface ServerBinary {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

type Name = 'redis-server' | 'nats-server';

/** The one of PATH, else one fetched earlier, else fetched now. Throws one message that names the ways out. */
export async function serverBinary(name: Name, options: ServerOptions): Promise<ServerBinary> {
  const root = await fetchedRoot(options.binariesDir);
  const present = (await onPath(name)) ?? (await fetched(name, root));
  if (present !== undefined) return present;
  await fetchOnce(root, options.report);
  const now = await fetched(name, root);
  if (now === undefined) throw unavailable(new Error(`no ${name} in the packages unpacked into ${root}`));
  return now;
}

async function onPath(name: Name): Promise<ServerBinary | undefined> {
  const file = await findBinary(name, searchPath());
  return file === undefined ? undefined : { file, env: { PATH: searchPath() } };
}

async function fetched(name: Name, root: string): Promise<ServerBinary | undefined> {
  const servers = await fetchedServers(root);
  const file = await findBinary(name, servers.searchPath);
  if (file === undefined) return undefined;
  return { file, env: { PATH: searchPath(), LD_LIBRARY_PATH: servers.libraryPath } };
}

const fetching = new Map<string, Promise<void>>();

/** Redis and NATS are prepared side by side: the second one waits for the first one's fetch. */
function fetchOnce(root: string, report: ServerOptions['report']): Promise<void> {
  const running = fetching.get(root);
  if (running !== undefined) return running;
  report?.(`fetching redis-server and nats-server with apt-get into ${root} (nothing else is changed)`);
  const fetch = fetchServers(root)
    .catch((error: unknown) => {
      throw unavailable(error);
    })
    .finally(() => fetching.delete(root));
  fetching.set(root, fetch);
  return fetch;
}

function unavailable(cause: unknown): Error {
  const [why] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return new Error(
    'redis-server and nats-server are neither on PATH nor could they be fetched with apt-get. ' +
      'Install both, or start deploy/compose.yaml and set DATABASE_URL, REDIS_URL and NATS_URL. ' +
      `(${why})`,
    { cause },
  );
}
