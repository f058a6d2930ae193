import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';
import { generateClient } from './generate.mjs';
import { installDependencies } from './install.mjs';

const cli = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(dirname(cli));

/**
 * Brings a checkout to where the command can run (dependencies, Prisma client, bundles; what is fresh is
 * left alone) and loads it. Where there is no lock file this is an image, and everything is built already.
 */
export async function prepare() {
  process.setSourceMapsEnabled(true);
  if (!existsSync(join(root, 'package-lock.json'))) {
    return load(join(cli, 'dist/main.js'), (service) => join(root, 'services', service, 'dist/main.js'));
  }
  prepareSources();
  const folder = await bundle(root);
  return load(join(folder, 'cli.mjs'), (service) => join(folder, `${service}.mjs`));
}

/** The part that tests need too: they run the sources. */
export function prepareSources() {
  installDependencies(root);
  generateClient(root);
  return root;
}

async function load(path, serviceMain) {
  const { main } = await import(pathToFileURL(path).href);
  return { main: (argv) => main(argv, { root, serviceMain }) };
}
