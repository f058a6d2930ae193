import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

const SERVICES = ['scheduler', 'worker', 'api'];
/** Older builds are removed, the least recently used first. A running `up` keeps its own in use. */
const KEPT_BUILDS = 16;

/**
 * Bundles our own sources (dependencies stay outside) into a folder that is named by its content, so that
 * any number of processes may start at once: each writes aside and renames, and what one of them has
 * loaded never changes under it. Nothing is built while no source has changed since the last time.
 * Tests that change sources in memory give esbuild plugins: such a build is always made anew.
 *
 * @returns the folder with cli.mjs, scheduler.mjs, worker.mjs, guard.mjs, api.mjs
 */
export async function bundle(root, plugins = []) {
  const builds = join(root, 'node_modules/.cache/flotilla/build');
  const entries = entryPoints(root);
  const last = plugins.length > 0 ? undefined : lastBuild(builds, root, entries);
  if (last !== undefined) {
    return last;
  }
  const startedMs = Date.now();
  const { outputFiles, inputPaths } = await buildAll(root, builds, entries, plugins);
  const name = contentName(outputFiles);
  publish(builds, name, outputFiles);
  if (plugins.length > 0) {
    return join(builds, name);
  }
  const inputs = inputPaths.map((path) => [path, sourceState(join(root, path), startedMs)]);
  writeAside(
    join(builds, 'last.json'),
    JSON.stringify({ name, entries, inputs: Object.fromEntries(inputs) }),
  );
  prune(builds);
  return join(builds, name);
}

function entryPoints(root) {
  const entries = [
    ['cli', 'services/cli/src/main.ts'],
    ...SERVICES.map((name) => [name, `services/${name}/src/main.ts`]),
    ['guard', 'services/worker/src/guard/main.ts'], // a worker looks for it beside itself
  ];
  return Object.fromEntries(entries.filter(([, path]) => existsSync(join(root, path))));
}

function lastBuild(builds, root, entries) {
  try {
    const last = JSON.parse(readFileSync(join(builds, 'last.json'), 'utf8'));
    const isFresh =
      JSON.stringify(last.entries) === JSON.stringify(entries) &&
      Object.entries(last.inputs).every(([path, state]) => sourceState(join(root, path)) === state);
    const folder = join(builds, last.name);
    if (isFresh) {
      utimesSync(folder, new Date(), new Date());
      return folder;
    }
  } catch {
    // no build yet, or a source or the folder is gone: build
  }
  return undefined;
}

/** A source that was written while it was being bundled is not known to be in the bundle. */
function sourceState(path, startedMs = Number.POSITIVE_INFINITY) {
  const { mtimeMs, size } = statSync(path);
  return mtimeMs >= startedMs ? 'unknown' : `${mtimeMs} ${size}`;
}

/** The command apart from the services: in one build it would load what only they need (pino, prom-client). */
async function buildAll(root, builds, { cli, ...services }, plugins) {
  const parts = await Promise.all(
    [{ cli }, services].map((entries) => build(root, builds, entries, plugins)),
  );
  return {
    outputFiles: parts.flatMap(({ outputFiles }) => outputFiles),
    inputPaths: [...new Set(parts.flatMap(({ metafile }) => Object.keys(metafile.inputs)))],
  };
}

async function build(root, builds, entries, plugins) {
  const esbuild = await import('esbuild');
  return esbuild.build({
    absWorkingDir: root,
    entryPoints: Object.entries(entries).map(([out, path]) => ({ out, in: path })),
    outdir: join(builds, 'any'), // as deep as the folder it will be: the paths in source maps are relative
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@flotilla/source'],
    sourcemap: true,
    sourcesContent: false,
    write: false,
    metafile: true,
    logLevel: 'warning',
    plugins: [...plugins, ourSourcesOnly],
  });
}

const ourSourcesOnly = {
  name: 'our-sources-only',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
      kind === 'entry-point' || path.startsWith('@flotilla/') ? undefined : { external: true },
    );
  },
};

function contentName(outputFiles) {
  const hash = createHash('sha256');
  for (const { path, contents } of outputFiles) {
    hash.update(basename(path)).update(contents);
  }
  return hash.digest('hex').slice(0, 16);
}

function publish(builds, name, outputFiles) {
  const aside = join(builds, `.aside-${process.pid}`);
  mkdirSync(aside, { recursive: true });
  for (const { path, contents } of outputFiles) {
    writeFileSync(join(aside, basename(path)), contents);
  }
  try {
    renameSync(aside, join(builds, name));
  } catch {
    rmSync(aside, { recursive: true }); // somebody else was first with the same content
  }
}

function writeAside(path, text) {
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, text);
  renameSync(aside, path);
}

function prune(builds) {
  const folders = readdirSync(builds, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      path: join(builds, name),
      usedMs: statSync(join(builds, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .sort((one, other) => other.usedMs - one.usedMs);
  for (const { path } of folders.slice(KEPT_BUILDS)) {
    rmSync(path, { recursive: true, force: true });
  }
}
