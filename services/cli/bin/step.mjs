import { spawnSync } from 'node:child_process';

/**
 * Runs one step of the preparation and says on stderr what it was and how long it took. The command's own
 * output is shown only where it fails, and then the process ends.
 */
export function step(title, command, args, options) {
  const startedAt = performance.now();
  process.stderr.write(`${title} … `);
  const { status, error, stdout, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8' });
  if (status === 0) {
    process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
    return;
  }
  process.stderr.write(`failed\n${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}`);
  process.stderr.write(`flotilla: "${[command, ...args].join(' ')}" failed in ${options.cwd}\n`);
  process.exit(1);
}

/** The npm that started us, or the one on PATH. */
export function npm(title, args, cwd, env = process.env) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) {
    step(title, process.execPath, [script, ...args], { cwd, env });
  } else {
    step(title, 'npm', args, { cwd, env });
  }
}
