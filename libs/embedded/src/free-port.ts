import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (Linux 32768, macOS 49152): a client that
 * reconnects to a dead server could be given the server's own port, and keep it from coming back.
 */
const lowest = 20_000;
const highest = 29_999;
const tries = 50;

/** A port on which nobody listens. Throws if 50 guesses were all taken. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const port = randomInt(lowest, highest + 1);
    if (await isFree(host, port)) return port;
  }
  throw new Error(`no free port on ${host}: ${tries} ports from ${lowest} to ${highest} were all taken`);
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    if (isInUse(error)) return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}

function isInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
