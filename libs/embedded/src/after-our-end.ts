import { spawn } from 'node:child_process';

/** Reads a pipe that nobody writes to: it closes when we end, in whatever way. */
const watch = 'read -r released || exec "$@"';

/**
 * Runs a command once this process is gone, even by kill -9. Gives what calls it off.
 * The watch has a session of its own: a Ctrl-C that ends us must not end it first.
 */
export function afterOurEnd(command: string, ...args: readonly string[]): () => void {
  const watcher = spawn('sh', ['-c', watch, 'sh', command, ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => undefined);
  watcher.unref();
  watcher.stdin.on('error', () => undefined);
  if ('unref' in watcher.stdin && typeof watcher.stdin.unref === 'function') watcher.stdin.unref();
  return () => watcher.stdin.end('released\n');
}
