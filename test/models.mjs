// `npm run models [-- --run NAME]`: brings the checkout to where sources can be read, then explores the models.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { status } = spawnSync(process.execPath, [join(root, 'services/cli/bin/prepare-sources.mjs')], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);

const { build } = await import('esbuild');
const outfile = join(root, 'node_modules/.cache/flotilla/models.mjs');
await build({
  entryPoints: [join(root, 'test/models/main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
});
const { main } = await import(pathToFileURL(outfile).href);
main(process.argv.slice(2));
