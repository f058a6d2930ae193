import { type SchemaState, schemaState } from '@flotilla/prisma';
import { StartError } from '@flotilla/runtime';
import { connect, StorageUnavailable, type Store } from '@flotilla/storage';

const maxConnections = 10;

/**
 * Opens the store once Postgres answers and has the schema that this release knows.
 *
 * @throws StartError with one line that says what to do
 */
export async function openStore(url: string): Promise<Store> {
  const store = connect({ url, applicationName: 'flotilla api', maxConnections });
  try {
    await store.transaction(async () => undefined); // an answer of any kind, or one line that says why there is none
    const wrong = schemaTrouble(await schemaState(store.pool));
    if (wrong !== null) throw new StartError(wrong);
    return store;
  } catch (error) {
    await store.close();
    throw error instanceof StorageUnavailable ? new StartError(error.message, { cause: error }) : error;
  }
}

/** What is wrong with the store, for /readyz; null where nothing is. */
export async function checkStore(store: Store): Promise<string | null> {
  return schemaTrouble(await schemaState(store.pool));
}

function schemaTrouble(state: SchemaState): string | null {
  switch (state.kind) {
    case 'current':
      return null;
    case 'behind':
      return `the database lacks the migrations ${state.pending.join(', ')}: run "flotilla migrate"`;
    case 'ahead':
      return `the database was migrated by a newer release (${state.unknown.join(', ')}): update Flotilla here`;
  }
}
