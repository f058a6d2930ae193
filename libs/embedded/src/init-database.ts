import { chown, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { searchPath } from './config.ts';
import type { PostgresSeat } from './postgres-seat.ts';
import { runCommand } from './run-command.ts';

/** The role and the database have the same name. */
export const databaseName = 'flotilla';

/** No trust for anybody: what `listen_addresses` lets in has to show the password. */
const clientAuthentication = 'host all all all scram-sha-256\n';

/** Makes `home/data` with one role and one database. Aside and renamed: killed half-way, it starts anew. */
export async function initDatabase(seat: PostgresSeat, password: string, durable: boolean): Promise<void> {
  const aside = join(seat.home, 'data.new');
  await rm(aside, { recursive: true, force: true });
  await runInitdb(seat, aside, password, durable);
  await writeFile(join(aside, 'pg_hba.conf'), clientAuthentication);
  await runPostgresCommand(
    seat,
    'postgres',
    ['--single', '-c', 'exit_on_error=on', ...(durable ? [] : ['-F']), '-D', aside, 'postgres'],
    `CREATE DATABASE ${databaseName}\n`,
  );
  await rename(aside, join(seat.home, 'data'));
}

async function runInitdb(seat: PostgresSeat, dir: string, password: string, durable: boolean): Promise<void> {
  const passwordFile = join(seat.home, 'initial-password');
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (seat.user !== undefined) await chown(passwordFile, seat.user.uid, seat.user.gid);
  const options = [
    `--pgdata=${dir}`,
    `--username=${databaseName}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ];
  try {
    await runPostgresCommand(seat, 'initdb', durable ? options : [...options, '--no-sync']);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function runPostgresCommand(
  seat: PostgresSeat,
  name: 'initdb' | 'postgres',
  args: string[],
  input = '',
): Promise<void> {
  const [command, ...words] = postgresCommand(seat, name, args);
  await runCommand(command, words, { cwd: seat.home, env: postgresEnv(), input });
}

export function postgresCommand(seat: PostgresSeat, name: string, args: string[]): [string, ...string[]] {
  const [first, ...words] = [...seat.prefix, join(seat.native, 'bin', name), ...args];
  return [first ?? name, ...words];
}

export function postgresEnv(): Record<string, string> {
  return { PATH: searchPath(), LC_ALL: 'C', TZ: 'UTC' };
}
