import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { withOutput } from '../output-options.ts';

interface ValidateOptions extends OutputOptions {
  readonly file: readonly string[];
}

export function registerJobsValidate(jobs: Command, context: CliContext): void {
  const validate = jobs
    .command('validate')
    .description('check job files without a server')
    .requiredOption('-f, --file <file...>', 'TOML, YAML or JSON; - is stdin');
  withOutput(validate).action(async (options: ValidateOptions) => {
    const { loadJobs } = await import('../../job-files/load-jobs.ts');
    const fileJobs = await loadJobs(options.file, context);
    const items = fileJobs.map(({ file, document }) => ({ id: document.id, file, document }));
    print(context, options, { items }, ({ colours }) => [
      `${colours.green('valid')}: ${items.length === 1 ? '1 job' : `${items.length} jobs`} (${items.map(({ id }) => id).join(', ')})`,
    ]);
  });
}
