import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { withOutput } from '../output-options.ts';

interface DeleteOptions extends OutputOptions {
  readonly detach?: boolean;
}

export function registerJobsDelete(jobs: Command, context: CliContext): void {
  const command = jobs
    .command('delete')
    .description('delete a job: what waits is cancelled, what runs goes on, history stays')
    .argument('<id>')
    .option('--detach', 'keep the jobs that run after it, without their trigger');
  withOutput(command).action(async (id: string, options: DeleteOptions) => {
    const client = await connectApi(context);
    await client.send('DELETE', ['jobs', id], { query: { detach: options.detach } });
    print(context, options, { id, deleted: true }, ({ colours }) => [
      `${colours.green('deleted')} ${colours.bold(id)}`,
    ]);
  });
}
