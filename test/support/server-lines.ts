import type { ServerName, TestServers } from './servers.ts';
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A line to each of the three servers. */
export interface ServerLines {
  readonly to: Readonly<Record<ServerName, TcpProxy>>;
  close(): Promise<void>;
}

export async function openServerLines(servers: TestServers): Promise<ServerLines> {
  const [postgres, redis, nats] = await Promise.all([
    openTcpProxy(servers.postgres.url),
    openTcpProxy(servers.redis.url),
    openTcpProxy(servers.nats.url),
  ]);
  return {
    to: { postgres, redis, nats },
    async close() {
      await Promise.all([postgres, redis, nats].map((line) => line.close()));
    },
  };
}
