import type { Pool } from 'pg';

/** The migrations that this release was built with, oldest first; a test compares them with the folder. */
export const migrationNames = [
  '20261121000000_ledger',
  '20261121130000_fencing',
  '20261121180000_counting',
  '20261121180100_hand_out_times',
  '20261121180200_triggers',
  '20261121181000_agent_turns',
] as const;

export type SchemaState =
  | { readonly kind: 'current' }
  /** The database lacks these: `flotilla migrate` is needed. */
  | { readonly kind: 'behind'; readonly pending: readonly string[] }
  /** The database has these and this release does not know them: a newer release has migrated it. */
  | { readonly kind: 'ahead'; readonly unknown: readonly string[] };

const undefinedTable = '42P01';

/** Compares the database's record of migrations with what this release was built with. */
export async function schemaState(pool: Pick<Pool, 'query'>): Promise<SchemaState> {
  const applied = await appliedMigrations(pool);
  const known: readonly string[] = migrationNames;
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) return { kind: 'ahead', unknown };
  const pending = known.filter((name) => !applied.includes(name));
  return pending.length > 0 ? { kind: 'behind', pending } : { kind: 'current' };
}

async function appliedMigrations(pool: Pick<Pool, 'query'>): Promise<string[]> {
  try {
    const { rows } = await pool.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    return rows.map((row) => row.migration_name);
  } catch (error) {
    if ((error as { code?: unknown }).code === undefinedTable) return [];
    throw error;
  }
}
