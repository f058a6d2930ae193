import { Argument, type Command } from 'commander';
import type { CliContext } from '../context.ts';
import { type ServiceName, serviceNames } from '../installation.ts';

export function registerStartCommand(program: Command, context: CliContext): void {
  program
    .command('start')
    .description('run one service in the foreground, configured by the environment')
    .addArgument(new Argument('<service>', 'which one').choices(serviceNames))
    .action(async (service: ServiceName) => {
      const { startService } = await import('./start-service.ts');
      await startService(service, context);
    });
}
