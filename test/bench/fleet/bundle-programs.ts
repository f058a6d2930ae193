import { randomUUID } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterOurEnd } from '@flotilla/embedded';
import { build, type Plugin } from 'esbuild';
import { root, type ServiceName } from '../../support/bundles.ts';
import { waitingWorkers } from './waiting-workers.ts';

/** The programs of one bench: our services, and the workers of the queues beside which they are measured. */
export interface Programs {
  service(name: ServiceName): string;
  /** A file of `peers/`, without its suffix. */
  peer(name: string): string;
  remove(): Promise<void>;
}

export async function bundlePrograms(peers: readonly string[]): Promise<Programs> {
  const { bundle } = (await import(join(root, 'services/cli/bin/bundle.mjs'))) as {
    bundle(root: string, plugins: readonly Plugin[]): Promise<string>;
  };
  const built = await bundle(root, [waitingWorkers(root)]);
  const folder = join(dirname(dirname(built)), 'bench', randomUUID()); // as deep as the build: maps have relative paths
  const release = afterOurEnd('sh', '-c', 'sleep 35; rm -rf "$0"', folder);
  await cp(built, folder, { recursive: true });
  await build({
    entryPoints: peers.map((name) => join(root, 'test/bench/peers', `${name}.ts`)),
    outdir: join(folder, 'peers'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  return {
    service: (name) => join(folder, `${name}.mjs`),
    peer: (name) => join(folder, 'peers', `${name}.mjs`),
    async remove() {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      release();
    },
  };
}
