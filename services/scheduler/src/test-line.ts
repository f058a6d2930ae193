import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll } from 'vitest';

/** For tests alone: a line to a server, which the test may cut and mend. */
export interface TestLine {
  /** The server's url, by way of the line. */
  readonly url: string;
  /** From now on nothing that the server says comes through; what it is told still does. */
  muteServer(): void;
  /** Ends every connection, and refuses new ones. */
  cut(): void;
  mend(): void;
}

export async function openTestLine(url: string): Promise<TestLine> {
  const target = new URL(url);
  const pairs = new Set<readonly [Socket, Socket]>();
  let isCut = false;
  let isMuted = false;

  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    near.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => {
      if (!isMuted) near.write(bytes);
    });
    for (const socket of pair) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => end(pair));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  function end(pair: readonly [Socket, Socket]): void {
    pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }

  function cut(): void {
    isCut = true;
    for (const pair of pairs) end(pair);
  }

  afterAll(() => {
    cut();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href,
    muteServer() {
      isMuted = true;
    },
    cut,
    mend() {
      isCut = false;
      isMuted = false;
    },
  };
}
