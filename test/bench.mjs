// `npm run bench [-- NAME…]`: brings the checkout to where sources can be read, then measures.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { prepareSources } from '../services/cli/bin/prepare.mjs';

const root = prepareSources();
const { build } = await import('esbuild');
const outfile = join(root, 'node_modules/.cache/flotilla/bench.mjs');
await build({
  entryPoints: [fileURLToPath(new URL('bench/main.ts', import.meta.url))],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
});
const { main } = await import(pathToFileURL(outfile).href);
await main({ root, names: process.argv.slice(2) });
