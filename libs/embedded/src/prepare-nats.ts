import { join } from 'node:path';
import { type Address, addressOf } from './address.ts';
import { answers } from './answers.ts';
import { keepSecret } from './keep-secret.ts';
import { makeWay } from './make-way.ts';
import { privateFolder } from './private-folder.ts';
import { serverBinary } from './server-binary.ts';
import type { ServerOptions, ServerSpec } from './server-spec.ts';
import { writePrivateFile } from './write-private-file.ts';

/** Writes config and credential of a NATS server with JetStream. Its url carries the token as the user. */
export async function prepareNats(options: ServerOptions): Promise<ServerSpec> {
  const { file, env } = await serverBinary('nats-server', options);
  const dir = await privateFolder(options.dir);
  const dataDir = await privateFolder(join(dir, 'data'));
  const { secret } = await keepSecret(join(dir, 'token'));
  const address = await addressOf(options);
  const configFile = join(dir, 'nats.conf');
  await writePrivateFile(configFile, natsConfig(address, secret, dataDir));
  const hello = JSON.stringify({ auth_token: secret, verbose: false, pedantic: false, protocol: 1 });
  return {
    name: 'nats',
    command: file,
    args: ['-c', configFile],
    env,
    cwd: dataDir,
    dataDir,
    url: `nats://${secret}@${address.clientHost}:${address.port}`,
    port: address.port,
    stopSignal: 'SIGINT', // after SIGTERM it saves just the same, but exits with 1
    makeWay: () => makeWay({ dataDir, program: 'nats-server' }),
    ready: () => answers(address, `CONNECT ${hello}\r\nPING\r\n`, '\r\nPONG\r\n'),
  };
}

export function natsConfig(address: Address, token: string, dataDir: string): string {
  const lines = [
    `host: ${JSON.stringify(address.host)}`,
    `port: ${address.port}`,
    `authorization { token: ${JSON.stringify(token)} }`,
    `jetstream { store_dir: ${JSON.stringify(dataDir)} }`,
  ];
  return `${lines.join('\n')}\n`;
}
