import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type ServiceName = 'scheduler' | 'worker' | 'api';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The command as users type it. */
export const flotillaScript = join(root, 'services/cli/bin/flotilla.mjs');

/** Bundles the sources as they are now, unless that was done before. Gives the files to run the services from. */
export async function bundledServices(): Promise<(service: ServiceName) => string> {
  const { bundle } = (await import(join(root, 'services/cli/bin/bundle.mjs'))) as {
    bundle(root: string): Promise<string>;
  };
  const folder = await bundle(root);
  return (service) => join(folder, `${service}.mjs`);
}
