import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError, type Environment, parseConfig } from '@flotilla/runtime';
import { CommandError } from '../command-error.ts';
import { upVariables } from '../up/config.ts';
import { type ServerName, serverNames } from '../up/servers.ts';

/** The servers that are looked at. */
export interface FoundFleet {
  /** `the environment`, or the folder of a fleet that `flotilla up` runs. */
  readonly place: string;
  /** That folder; null for servers that the environment names. */
  readonly home: string | null;
  readonly servers: Readonly<Record<ServerName, FoundServer>>;
}

/** Where a server is said to be: its URL with credentials, or why there is none. */
export type FoundServer = {
  /** What to do where the server cannot be used. */
  readonly remedy: string;
} & ({ readonly url: string } | { readonly url: null; readonly why: string });

/** The files that `up` leaves in `.flotilla/run`, and the variables that name servers elsewhere. */
const sources: Readonly<Record<ServerName, { readonly variable: string; readonly file: string }>> = {
  postgres: { variable: 'DATABASE_URL', file: 'database-url' },
  redis: { variable: 'REDIS_URL', file: 'redis-url' },
  nats: { variable: 'NATS_URL', file: 'nats-url' },
};

/**
 * Looks into the environment, then for the fleet of `flotilla up`, from `folder` upwards. Each is taken whole: one that
 * is half here and half there is nobody's fleet.
 */
export async function findFleet(environment: Environment, folder: string): Promise<FoundFleet> {
  const isNamed = serverNames.some((name) => {
    const { variable } = sources[name];
    return Boolean(environment[variable]) || Boolean(environment[`${variable}_FILE`]);
  });
  if (isNamed) return { place: 'the environment', home: null, servers: fromEnvironment(environment) };
  for (const above of foldersUpwards(folder)) {
    const home = join(above, '.flotilla');
    const servers = await fromFiles(join(home, 'run'));
    if (servers !== null) return { place: home, home, servers };
  }
  throw new CommandError(
    'unreachable',
    `no fleet is known here: start one with npm start, or set DATABASE_URL, REDIS_URL and NATS_URL (no .flotilla in ${folder} or above)`,
  );
}

function fromEnvironment(environment: Environment): FoundFleet['servers'] {
  return forEachServer((name) => {
    const { variable } = sources[name];
    try {
      const { url } = parseConfig(environment, { url: upVariables[name] });
      return url === undefined
        ? { url: null, why: `neither ${variable} nor ${variable}_FILE is set`, remedy: 'set one of them' }
        : { url, remedy: `correct ${variable}, or start the server that it names` };
    } catch (error) {
      if (error instanceof ConfigError)
        return { url: null, why: error.message, remedy: `correct ${variable}` };
      throw error;
    }
  });
}

/** Null where no fleet has ever run here. */
async function fromFiles(run: string): Promise<FoundFleet['servers'] | null> {
  const texts = await Promise.all(
    serverNames.map((name) => readFile(join(run, sources[name].file), 'utf8').catch(() => null)),
  );
  if (texts.every((text) => text === null)) return null;
  return forEachServer((name, index) => {
    const remedy = 'see that "flotilla up" runs there';
    const url = texts[index]?.trim();
    return url
      ? { url, remedy }
      : { url: null, why: `${join(run, sources[name].file)} cannot be read`, remedy };
  });
}

function forEachServer(find: (name: ServerName, index: number) => FoundServer): FoundFleet['servers'] {
  const found = serverNames.map((name, index) => [name, find(name, index)]);
  return Object.fromEntries(found) as FoundFleet['servers'];
}

function* foldersUpwards(folder: string): Generator<string> {
  yield folder;
  const parent = dirname(folder);
  if (parent !== folder) yield* foldersUpwards(parent);
}
