import { randomUUID } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterOurEnd } from '@flotilla/embedded';
import type { Plugin } from 'esbuild';
import { root, type ServiceName } from '../../support/bundles.ts';
import { applyPatches, type SourcePatch } from './apply-patches.ts';
import { recordTurns } from './record-turns.ts';

/** The services of one campaign, bundled with what it has changed in memory. */
export interface FleetBundle {
  main(service: ServiceName): string;
  remove(): Promise<void>;
}

/**
 * Bundles our sources with workers that carry out turns inside themselves and write down what they do to `workerFile`,
 * and with `patches` applied. In a folder of its own: others bundle too, and old builds are removed.
 */
export async function bundleFleet(workerFile: string, patches: readonly SourcePatch[]): Promise<FleetBundle> {
  const { bundle } = (await import(join(root, 'services/cli/bin/bundle.mjs'))) as {
    bundle(root: string, plugins: readonly Plugin[]): Promise<string>;
  };
  const built = await bundle(root, [recordTurns(root, workerFile), applyPatches(root, patches)]);
  const folder = join(dirname(dirname(built)), 'chaos', randomUUID()); // as deep as the build: maps have relative paths
  const release = afterOurEnd('sh', '-c', 'sleep 35; rm -rf "$0"', folder);
  await cp(built, folder, { recursive: true });
  return {
    main: (service) => join(folder, `${service}.mjs`),
    async remove() {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      release();
    },
  };
}
