import { join } from 'node:path';
import { type Address, addressOf } from './address.ts';
import { answers } from './answers.ts';
import { keepSecret } from './keep-secret.ts';
import { makeWay } from './make-way.ts';
import { privateFolder } from './private-folder.ts';
import { serverBinary } from './server-binary.ts';
import type { ServerOptions, ServerSpec } from './server-spec.ts';
import { writePrivateFile } from './write-private-file.ts';

/** Writes config and credential of a Redis with an append-only file that evicts nothing. */
export async function prepareRedis(options: ServerOptions): Promise<ServerSpec> {
  const { file, env } = await serverBinary('redis-server', options);
  const dir = await privateFolder(options.dir);
  const dataDir = await privateFolder(join(dir, 'data'));
  const { secret } = await keepSecret(join(dir, 'password'));
  const address = await addressOf(options);
  const configFile = join(dir, 'redis.conf');
  await writePrivateFile(configFile, redisConfig(address, secret, dataDir));
  return {
    name: 'redis',
    command: file,
    args: [configFile],
    env,
    cwd: dataDir,
    dataDir,
    url: `redis://:${secret}@${address.clientHost}:${address.port}`,
    port: address.port,
    stopSignal: 'SIGTERM',
    makeWay: () => makeWay({ dataDir, program: 'redis-server' }),
    ready: () => answers(address, `AUTH ${secret}\r\nPING\r\n`, '+OK\r\n+PONG\r\n'),
  };
}

export function redisConfig(address: Address, password: string, dataDir: string): string {
  const lines = [
    `bind ${address.host}`,
    `port ${address.port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(dataDir)}`,
    'daemonize no',
    'loglevel notice',
    'always-show-logo no',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
  ];
  return `${lines.join('\n')}\n`;
}
