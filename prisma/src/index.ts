export { Prisma, PrismaClient } from './generated/client.ts';
export { applyMigrations } from './migrate.ts';
export { migrationNames, type SchemaState, schemaState } from './schema-state.ts';
