import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from '@flotilla/embedded';
import { StartError } from '@flotilla/runtime';

export const DEFAULT_API_PORT = 7420;

/**
 * The port that was asked for, or 7420, or where that is taken a free one.
 *
 * @throws StartError where the port that was asked for is taken
 */
export async function chooseApiPort(host: string, asked: number | undefined): Promise<number> {
  if (await isFree(host, asked ?? DEFAULT_API_PORT)) {
    return asked ?? DEFAULT_API_PORT;
  }
  if (asked !== undefined) {
    throw new StartError(
      `cannot listen on ${host}:${asked}: choose another --port, or none to get a free one`,
    );
  }
  return freePort(host);
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
