import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/** Keeps apt-get to folders of ours: no root, no lock of the system's, none of its hooks. */
function aptOptions(dir: string): string[] {
  const settings = [
    `Dir::State::Lists=${join(dir, 'lists')}`,
    `Dir::Cache=${join(dir, 'cache')}`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root', // root would become _apt, which cannot enter a closed folder
    'Acquire::Languages=none',
    'Acquire::Retries=2',
    'Acquire::http::Timeout=20',
    'APT::Update::Error-Mode=any',
    'APT::Update::Post-Invoke=',
    'APT::Update::Post-Invoke-Success=',
    'DPkg::Post-Invoke=',
  ];
  return settings.flatMap((setting) => ['-o', setting]);
}

/**
 * Unpacks redis-server, nats-server and the libraries that this machine lacks from its own package archive
 * into `root`. Made aside and renamed, so that several processes may do so at once.
 */
export async function fetchServers(root: string): Promise<void> {
  await mkdir(join(root, '..'), { recursive: true });
  const aside = await mkdtemp(`${root}.`);
  try {
    await unpackServers(aside);
    await rename(aside, root).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // else somebody was faster
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function unpackServers(dir: string): Promise<void> {
  const archives = join(dir, 'cache/archives');
  await mkdir(join(dir, 'lists/partial'), { recursive: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  const options = [...aptOptions(dir), '-qq', '-y', '--no-install-recommends'];
  // One archive of several may be out of reach without harm, but if a package is missing, that is why.
  const unreachable = await runCommand('apt-get', [...options, 'update']).catch((error: unknown) => error);
  const wanted = ['--download-only', 'install', 'redis-server', 'nats-server'];
  await runCommand('apt-get', [...options, ...wanted]).catch((error: unknown) => {
    throw unreachable instanceof Error ? unreachable : error;
  });
  for (const name of await readdir(archives)) {
    if (name.endsWith('.deb')) await runCommand('dpkg', ['-x', join(archives, name), dir]);
  }
  await rm(join(dir, 'lists'), { recursive: true });
  await rm(join(dir, 'cache'), { recursive: true });
}
