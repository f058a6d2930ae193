import { type SchemaState, schemaState } from '@flotilla/prisma';
import { connect, type Store, type StoreOptions } from './connect.ts';
import { StorageUnavailable } from './errors.ts';
import { statement } from './statement.ts';

const ask = statement('ask', 'SELECT 1');

/** Opens the store once Postgres answers and has the schema that this release knows. Throws StorageUnavailable. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = connect(options);
  const problem = await storeProblem(store);
  if (problem === null) return store;
  await store.close();
  throw new StorageUnavailable(problem);
}

/** Why the store cannot be used, in one line; null where it can. */
export async function storeProblem(store: Store): Promise<string | null> {
  try {
    await store.ask(ask); // says of an unreachable server and of a refused password what they are
    return schemaProblem(await schemaState(store.pool));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function schemaProblem(state: SchemaState): string | null {
  switch (state.kind) {
    case 'current':
      return null;
    case 'behind':
      return `the database lacks the migrations ${state.pending.join(', ')}: run "flotilla migrate"`;
    case 'ahead':
      return `the database was migrated by a newer release (${state.unknown.join(', ')}): update Flotilla here`;
  }
}
