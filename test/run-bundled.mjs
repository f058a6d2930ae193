// Brings the checkout to where sources can be read, bundles one entry of test/ and runs it.
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Calls the entry's `main` with the words of the command line and the checkout's folder. */
export async function runBundled(entry) {
  const prepare = join(root, 'services/cli/bin/prepare-sources.mjs');
  if (spawnSync(process.execPath, [prepare], { stdio: 'inherit' }).status !== 0) process.exit(1);

  const { build } = await import('esbuild');
  const outfile = join(root, 'node_modules/.cache/flotilla', `${basename(entry, '/main.ts')}.mjs`);
  await build({
    entryPoints: [join(root, 'test', entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  const { main } = await import(pathToFileURL(outfile).href);
  await main(process.argv.slice(2), root);
}
