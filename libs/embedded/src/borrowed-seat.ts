import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isThere } from './is-there.ts';
import type { PostgresSeat, PostgresUser } from './postgres-seat.ts';
import { runCommand } from './run-command.ts';

/** Open to all users, unlike the home of root. */
const commonPlace = '/var/lib/flotilla';

/**
 * Runs Postgres as a user of the system, from copies that this user can reach. `dir/data` links to the data,
 * so that a later start finds it again; where `dir` was emptied, the data it once had is removed.
 */
export async function borrowedSeat(
  dir: string,
  native: string,
  report?: (line: string) => void,
): Promise<PostgresSeat> {
  const user = await systemUser();
  await mkdir(commonPlace, { recursive: true, mode: 0o755 });
  await chmod(commonPlace, 0o755);
  const copy = await copyBinaries(native);
  const home = join(commonPlace, createHash('sha256').update(dir).digest('hex').slice(0, 16));
  const isNew = await symlink(join(home, 'data'), join(dir, 'data')).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
  if (isNew) await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true, mode: 0o700 });
  await chown(home, user.uid, user.gid);
  report?.(
    `no user namespace can be used here: Postgres runs as user ${user.name}, with its data in ${home}`,
  );
  const prefix = ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return { native: copy, home, prefix, user };
}

async function systemUser(): Promise<PostgresUser> {
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = accounts.find(([name]) => name === wanted) ?? [];
    if (name !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'Postgres refuses to run as root, user namespaces are forbidden here, and there is no user postgres or nobody. ' +
      'Start as a normal user, or start deploy/compose.yaml and set DATABASE_URL.',
  );
}

/** Once per version, aside and renamed: several processes may do so at once. */
async function copyBinaries(native: string): Promise<string> {
  const text = await readFile(join(dirname(native), 'package.json'), 'utf8');
  const { name, version }: { name: string; version: string } = JSON.parse(text);
  const copy = join(commonPlace, `postgres-${basename(name)}-${version}`);
  if (await isThere(copy)) return copy;
  const aside = await mkdtemp(`${copy}.`);
  try {
    await runCommand('cp', ['-R', `${native}/.`, aside]);
    await runCommand('chmod', ['-R', 'a+rX', aside]);
    await rename(aside, copy).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // else somebody was faster
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return copy;
}
