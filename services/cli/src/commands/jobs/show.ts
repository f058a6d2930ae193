import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { JobBody } from '../../client/bodies.ts';
import type { CliContext } from '../../context.ts';
import { jobDetails } from '../../output/job-details.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { withOutput } from '../output-options.ts';

export function registerJobsShow(jobs: Command, context: CliContext): void {
  const show = jobs.command('show').description('one job with all its settings').argument('<id>');
  withOutput(show).action(async (id: string, options: OutputOptions) => {
    const job = await (await connectApi(context)).get<JobBody>(['jobs', id]);
    print(context, options, job, (style) => jobDetails(job, style));
  });
}
