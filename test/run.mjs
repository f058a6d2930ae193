// The one gate, the same for a person and for CI: what is wrong is told by the first step that finds it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = (name) => join(root, 'node_modules/.bin', name);
const env = {
  ...process.env,
  // turbo stays within the checkout and talks to nobody
  TURBO_CONFIG_DIR_PATH: join(root, 'node_modules/.cache/turbo-config'),
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
};

const gates = [
  ['boundaries', 'turbo', 'boundaries'],
  ['format and lint', 'biome', 'ci', '--colors=off', '.'],
  ['promises and switches', 'oxlint', '--type-aware'],
  ['types', 'turbo', 'run', 'typecheck', '--output-logs=errors-only'],
];

const prepared = spawnSync(process.execPath, ['services/cli/bin/prepare-sources.mjs'], {
  cwd: root,
  stdio: 'inherit',
});
if (prepared.status !== 0) {
  fail('the preparation of the checkout');
}

for (const [title, name, ...args] of gates) {
  const startedMs = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program(name), args, {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stdout.write(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`);
    fail(`${title}: ${[name, ...args].join(' ')}`);
  }
  process.stdout.write(`✓ ${title}, ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
}

// The reporter test/summary.ts ends the output with `N passed, N failed`.
const { status } = spawnSync(
  program('vitest'),
  ['run', '--config', 'test/vitest.config.ts', ...process.argv.slice(2)],
  { cwd: root, env, stdio: 'inherit' },
);
process.exit(status ?? 1);

function fail(what) {
  process.stdout.write(`✗ ${what} failed\n0 passed, 1 failed\n`);
  process.exit(1);
}
