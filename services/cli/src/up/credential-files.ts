import { join } from 'node:path';
import { writePrivateFile } from '../private-file.ts';
import type { ServerUrls } from './servers.ts';

/**
 * Writes what services need to know and turns must not: one file (0600) each.
 *
 * @returns the variables that name the files
 */
export async function writeCredentialFiles(
  folder: string,
  urls: ServerUrls,
): Promise<Record<string, string>> {
  const files = {
    DATABASE_URL_FILE: { path: join(folder, 'database-url'), value: urls.postgres },
    REDIS_URL_FILE: { path: join(folder, 'redis-url'), value: urls.redis },
    NATS_URL_FILE: { path: join(folder, 'nats-url'), value: urls.nats },
  };
  await Promise.all(Object.values(files).map(({ path, value }) => writePrivateFile(path, `${value}\n`)));
  return Object.fromEntries(Object.entries(files).map(([variable, { path }]) => [variable, path]));
}
