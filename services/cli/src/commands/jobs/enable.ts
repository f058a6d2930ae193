import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { JobBody } from '../../client/bodies.ts';
import type { CliContext } from '../../context.ts';
import { nextTickWords } from '../../output/next-tick-words.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { withOutput } from '../output-options.ts';

const verbs = [
  { verb: 'enable', description: 'switch a job on: its ticks go on from now' },
  { verb: 'disable', description: 'switch a job off: what is planned is withdrawn' },
] as const;

/** `enable` and `disable`. */
export function registerJobsEnable(jobs: Command, context: CliContext): void {
  for (const { verb, description } of verbs) {
    const command = jobs.command(verb).description(description).argument('<id>');
    withOutput(command).action(async (id: string, options: OutputOptions) => {
      const client = await connectApi(context);
      const { body } = await client.send<JobBody>('POST', ['jobs', id, verb]);
      print(context, options, body, (style) => [
        `${style.colours.green(`${verb}d`)} ${style.colours.bold(id)}${body.enabled ? `, ${nextTickWords(body, style)}` : ''}`,
      ]);
    });
  }
}
