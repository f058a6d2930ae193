import type { SchemaState } from '@flotilla/prisma';
import { type Finding, fine, wrong } from './finding.ts';

export function checkSchema(state: SchemaState): Finding {
  switch (state.kind) {
    case 'current':
      return fine('schema', 'the schema is up to date');
    case 'behind':
      return wrong('schema', `the database lacks ${state.pending.join(', ')}`, 'run "flotilla migrate"');
    case 'ahead':
      return wrong(
        'schema',
        `a newer release has migrated the database (${state.unknown.join(', ')})`,
        'update Flotilla here',
      );
  }
}
