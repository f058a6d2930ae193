import type { CliContext } from './context.ts';
import type { Installation } from './installation.ts';

/** The context of the real process. Writing to a pipe whose reader has gone (`| head`) ends it quietly. */
export function hostContext(host: NodeJS.Process, installation: Installation): CliContext {
  for (const outlet of [host.stdout, host.stderr]) {
    outlet.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      host.exit();
    });
  }
  return {
    environment: host.env,
    folder: host.cwd(),
    installation,
    // Opened only by those who read it.
    get stdin() {
      return host.stdin;
    },
    stdout: host.stdout,
    stderr: host.stderr,
    now: Date.now,
  };
}
