import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { borrowedSeat } from './borrowed-seat.ts';
import { searchPath } from './config.ts';
import { runCommand } from './run-command.ts';

/** Where Postgres's binaries and data lie, and as whom it runs: it refuses to run as root. */
export interface PostgresSeat {
  /** Folder above `bin`, `lib` and `share`. */
  readonly native: string;
  /** Folder above `data`. */
  readonly home: string;
  /** Put before each of its commands; each word of it ends in exec, so that signals reach Postgres. */
  readonly prefix: readonly string[];
  /** The user who must own what it reads, where that is not ours. */
  readonly user?: PostgresUser;
}

export interface PostgresUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const inNamespace = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];

/**
 * A normal user: directly. Root: in a user namespace, where it takes itself for uid 1000 while files stay
 * root's, so that everything may lie below a closed folder. Where that is forbidden: as a user of the system.
 */
export async function postgresSeat(
  dir: string,
  native: string,
  report?: (line: string) => void,
): Promise<PostgresSeat> {
  if (process.getuid?.() !== 0) return { native, home: dir, prefix: [] };
  const moved = await lstat(join(dir, 'data')).then(
    (data) => data.isSymbolicLink(),
    () => false,
  );
  if (!moved && (await namespaceWorks(dir, native))) return { native, home: dir, prefix: inNamespace };
  return borrowedSeat(dir, native, report);
}

/** Root of a namespace has no power over other users' closed folders: the checkout of somebody else fails here. */
async function namespaceWorks(dir: string, native: string): Promise<boolean> {
  const [command = '', ...args] = inNamespace;
  const probe = 'test -w "$1" && exec "$2" --version';
  const words = [...args, 'sh', '-c', probe, 'sh', dir, join(native, 'bin/postgres')];
  return runCommand(command, words, { env: { PATH: searchPath() } }).then(
    () => true,
    () => false,
  );
}
