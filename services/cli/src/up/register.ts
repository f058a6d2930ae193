import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { DEFAULT_WORKERS, parsePort, parseWorkers, type UpOptions } from './options.ts';

export function registerUpCommand(program: Command, context: CliContext): void {
  program
    .command('up')
    .description('run a whole fleet on this machine: servers, scheduler, workers, API')
    .option('--demo', 'create the demo jobs that are absent', false)
    .option('--workers <n>', 'worker processes', parseWorkers, DEFAULT_WORKERS)
    .option('--port <port>', 'port of the API (default: 7420, or a free one)', parsePort)
    .option('--host <host>', 'address that the API listens on', '127.0.0.1')
    .option('--dir <folder>', 'where data, logs and credentials lie', '.flotilla')
    .option('--fresh', 'delete all data first', false)
    .option('--yes', 'do not ask before deleting', false)
    .action(async (options: UpOptions) => {
      const { up } = await import('./up.ts');
      process.exit(await up(options, context));
    });
}
