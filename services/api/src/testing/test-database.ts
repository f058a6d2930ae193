import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { applyMigrations } from '@flotilla/prisma';
import { connect } from '@flotilla/storage';
import { inject } from 'vitest';

const migrationsFolder = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));

/** The URL of an empty database of the calling test file's own. */
export async function createTestDatabase(options: { migrated: boolean }): Promise<string> {
  const name = `flotilla_api_${randomUUID().replaceAll('-', '')}`;
  const server = connect({ url: inject('pgUrl'), applicationName: 'flotilla test', maxConnections: 1 });
  await server.ask({ name: '', text: `CREATE DATABASE ${name}` });
  await server.close();
  const url = new URL(inject('pgUrl'));
  url.pathname = `/${name}`;
  if (options.migrated) await applyMigrations(url.href, migrationsFolder);
  return url.href;
}
