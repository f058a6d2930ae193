// Brings the checkout to where sources can be read, bundles one entry of test/ and runs it.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Calls the entry's `main` with the words of the command line and the checkout's folder. */
export async function runBundled(entry) {
  const prepare = join(root, 'services/cli/bin/prepare-sources.mjs');
  if (spawnSync(process.execPath, [prepare], { stdio: 'inherit' }).status !== 0) process.exit(1);

  const { build } = await import('esbuild');
  const outfile = join(root, 'node_modules/.cache/flotilla', `${dirname(entry)}.mjs`);
  await build({
    entryPoints: [join(root, 'test', entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@flotilla/source'],
    logLevel: 'warning',
    plugins: [ourSourcesOnly, ownUrls],
  });
  const { main } = await import(pathToFileURL(outfile).href);
  await main(process.argv.slice(2), root);
}

const ourSourcesOnly = {
  name: 'our-sources-only',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
      kind === 'entry-point' || path.startsWith('@flotilla/') ? undefined : { external: true },
    );
  },
};

/** A source finds what lies beside it by its own place, not by the bundle's. */
const ownUrls = {
  name: 'own-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: source.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};
