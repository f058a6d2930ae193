import { freePort } from './free-port.ts';
import type { ServerOptions } from './server-spec.ts';

/** Where a server listens, and the host that clients on this machine use. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly clientHost: string;
}

export async function addressOf(options: ServerOptions): Promise<Address> {
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? (await freePort(host));
  return { host, port, clientHost: host === '0.0.0.0' ? '127.0.0.1' : host };
}
