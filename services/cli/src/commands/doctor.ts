import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { findingLines } from '../output/finding-lines.ts';
import { type OutputOptions, print } from '../output/print.ts';
import { withOutput } from './output-options.ts';

/** The doctor talks to all three servers itself: their clients are loaded only when it runs. */
export function registerDoctorCommand(program: Command, context: CliContext): void {
  const doctor = program
    .command('doctor')
    .description('look at Postgres, Redis, NATS and this host, and say all that is wrong and what to do');
  withOutput(doctor).action(async (options: OutputOptions) => {
    const { examineFleet } = await import('../doctor/examine-fleet.ts');
    const diagnosis = await examineFleet(context);
    print(context, options, diagnosis, (style) => findingLines(diagnosis, style));
    if (diagnosis.healthy) return;
    const faults = diagnosis.findings.filter(({ verdict }) => verdict === 'wrong').length;
    throw new CommandError('failed', faults === 1 ? 'one thing is wrong' : `${faults} things are wrong`);
  });
}
