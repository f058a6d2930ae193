import { Command } from 'commander';
import { registerAlarmsCommand } from './commands/alarms.ts';
import { registerDoctorCommand } from './commands/doctor.ts';
import { registerEventsCommand } from './commands/events.ts';
import { registerInitCommands } from './commands/init.ts';
import { registerJobsCommands } from './commands/jobs.ts';
import { registerLoginCommand } from './commands/login.ts';
import { registerPoolsCommands } from './commands/pools.ts';
import { registerRunsCommands } from './commands/runs.ts';
import { registerTokensCommands } from './commands/tokens.ts';
import { registerVersionCommand } from './commands/version.ts';
import { registerWhyCommand } from './commands/why.ts';
import { registerWorkersCommand } from './commands/workers.ts';
import type { CliContext } from './context.ts';
import { registerStartCommand } from './start/register.ts';
import { registerUpCommand } from './up/register.ts';

/** The root of all commands. Settings come first: subcommands inherit what their parent has when they are made. */
export function createProgram(context: CliContext): Command {
  const program = new Command('flotilla')
    .description('Scheduled turns on a fleet of hosts: each tick once, each with a row in the ledger.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(`flotilla: ${oneLine(text)}\n`),
      getOutHelpWidth: () => context.stdout.columns ?? defaultColumns,
      getErrHelpWidth: () => context.stderr.columns ?? defaultColumns,
    });

  registerUpCommand(program, context);
  registerStartCommand(program, context);
  registerInitCommands(program, context);
  registerJobsCommands(program, context);
  registerRunsCommands(program, context);
  registerEventsCommand(program, context);
  registerWhyCommand(program, context);
  registerWorkersCommand(program, context);
  registerPoolsCommands(program, context);
  registerTokensCommands(program, context);
  registerLoginCommand(program, context);
  registerAlarmsCommand(program, context);
  registerDoctorCommand(program, context);
  registerVersionCommand(program, context);
  return program;
}

const defaultColumns = 80;

function oneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
}
