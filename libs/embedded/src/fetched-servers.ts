import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder with unpacked packages of this system, laid out like `/`. */
export interface FetchedServers {
  readonly root: string;
  readonly searchPath: string;
  readonly libraryPath: string;
}

/** Named by system and processor: a checkout may be seen by several machines. */
export async function fetchedRoot(binariesDir: string): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string): string =>
    new RegExp(`^${name}="?([\\w.-]+)`, 'm').exec(release)?.[1] ?? 'unknown';
  return join(binariesDir, `${field('ID')}-${field('VERSION_ID')}-${process.arch}`);
}

export async function fetchedServers(root: string): Promise<FetchedServers> {
  const libraries = await Promise.all(['usr/lib', 'lib'].map((place) => multiarchFolders(join(root, place))));
  return {
    root,
    searchPath: [join(root, 'usr/bin'), join(root, 'usr/sbin')].join(':'),
    libraryPath: libraries.flat().join(':'),
  };
}

async function multiarchFolders(place: string): Promise<string[]> {
  const names = await readdir(place).catch(() => []);
  return names.filter((name) => name.includes('-linux-gnu')).map((name) => join(place, name));
}
