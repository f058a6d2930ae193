import { applyMigrations, schemaState } from '@flotilla/prisma';
import { maskUserInfo } from '@flotilla/runtime';
import { connect, StorageUnavailable, type Store } from '@flotilla/storage';
import { CommandError } from '../../command-error.ts';
import { type Installation, migrationsFolder } from '../../installation.ts';

export interface Migrated {
  /** The names of the migrations that were applied now, oldest first. */
  readonly applied: readonly string[];
}

/** Brings the database at `url` up to date. One that a newer release has migrated is left alone. */
export async function migrateDatabase(url: string, installation: Installation): Promise<Migrated> {
  await useStore(url, async (store) => {
    const state = await schemaState(store.pool);
    if (state.kind === 'ahead') {
      const newer = state.unknown.join(', ');
      throw new CommandError(
        'refused',
        `a newer release has migrated this database (${newer}): use that release`,
      );
    }
  });
  try {
    return { applied: await applyMigrations(url, migrationsFolder(installation)) };
  } catch (error) {
    const why = maskUserInfo(error instanceof Error ? error.message : String(error)).replaceAll(
      /\s*\n\s*/g,
      ' ',
    );
    throw new CommandError('failed', `the database cannot be migrated: ${why}`, { cause: error });
  }
}

/** Hands out a store that has answered once, so that a wrong address or password is told as such. */
export async function useStore<Result>(url: string, use: (store: Store) => Promise<Result>): Promise<Result> {
  const store = connect({ url, applicationName: 'flotilla cli', maxConnections: 1 });
  try {
    await store.transaction(() => Promise.resolve());
    return await use(store);
  } catch (error) {
    if (error instanceof StorageUnavailable) {
      throw new CommandError('unreachable', error.message.replaceAll(/\s*\n\s*/g, ' '), { cause: error });
    }
    throw error;
  } finally {
    await store.close();
  }
}
