import { parseConfig } from '@flotilla/runtime';
import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { type OutputOptions, print } from '../output/print.ts';
import type { Begun } from './database/begin-on-restored.ts';
import { initVariables, migrateVariables } from './database/variables.ts';
import { withOutput } from './output-options.ts';

interface InitOptions extends OutputOptions {
  readonly afterRestore?: boolean;
  readonly force?: boolean;
}

/** `init` and `migrate` talk to Postgres themselves: what they need for it is loaded only when they run. */
export function registerInitCommands(program: Command, context: CliContext): void {
  const init = program
    .command('init')
    .description('migrate the database at DATABASE_URL and make its first admin token')
    .option('--after-restore', 'the database is a restored backup or a promoted standby: begin anew from it')
    .option('--force', 'with --after-restore: although services seem to be at work');
  withOutput(init).action(async (options: InitOptions) => {
    const { afterRestore = false, force = false } = options;
    if (force && !afterRestore) throw new CommandError('usage', '--force belongs to --after-restore');
    const { databaseUrl, adminToken } = parseConfig(context.environment, initVariables);
    const { migrateDatabase } = await import('./database/migrate-database.ts');
    const { beginOnRestored } = await import('./database/begin-on-restored.ts');
    const { ensureAdmin } = await import('./database/ensure-admin.ts');
    const migrated = await migrateDatabase(databaseUrl, context.installation);
    const restored = afterRestore ? await beginOnRestored(databaseUrl, force) : undefined;
    // The token comes last: it is shown only now, and what is refused before it shows nothing.
    const token = await ensureAdmin(databaseUrl, adminToken);
    const result = { ...migrated, token, ...(restored === undefined ? {} : { restored }) };
    print(context, options, result, ({ colours }) => [
      migratedWords(result.applied),
      ...(restored === undefined ? [] : [restoredWords(restored)]),
      result.token === null
        ? `the admin token is ${adminToken === undefined ? 'the one that was made before' : 'the one that you gave'}`
        : `admin token, shown only now: ${colours.bold(result.token)}`,
    ]);
  });

  const migrate = program.command('migrate').description('bring the database at DATABASE_URL up to date');
  withOutput(migrate).action(async (options: OutputOptions) => {
    const { databaseUrl } = parseConfig(context.environment, migrateVariables);
    const { migrateDatabase } = await import('./database/migrate-database.ts');
    const result = await migrateDatabase(databaseUrl, context.installation);
    print(context, options, result, () => [migratedWords(result.applied)]);
  });
}

function migratedWords(applied: readonly string[]): string {
  return applied.length === 0 ? 'the database is up to date' : `migrated: ${applied.join(', ')}`;
}

function restoredWords({ queueEpoch, streamEpoch }: Begun): string {
  return `begun anew from the restored database: queue in its life ${queueEpoch}, stream in its life ${streamEpoch}`;
}
