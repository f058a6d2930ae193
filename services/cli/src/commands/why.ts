import { parseInstant } from '@flotilla/domain';
import type { Command } from 'commander';
import { type ApiClient, connectApi } from '../client/api-client.ts';
import type { JobBody, WhyBody } from '../client/bodies.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { type OutputOptions, print } from '../output/print.ts';
import { whyLines } from '../output/why-lines.ts';
import { withOutput } from './output-options.ts';

export function registerWhyCommand(program: Command, context: CliContext): void {
  const why = program
    .command('why')
    .description('what became of a tick, and why: planned, handed out, started by whom, skipped, late')
    .argument('<job>', 'a job, also one that was deleted')
    .argument('[time]', "the tick's time (default: now); without an offset it is read in the job's zone");
  withOutput(why).action(async (job: string, time: string | undefined, options: OutputOptions) => {
    const client = await connectApi(context);
    const at = time === undefined ? undefined : await readTime(client, job, time);
    const body = await client.get<WhyBody>(['jobs', job, 'why'], { at });
    print(context, options, body, (style) => whyLines(body, style));
  });
}

/** Only a time without an offset needs the job's zone; a deleted job has none any more, and is asked for in UTC. */
async function readTime(client: ApiClient, job: string, text: string): Promise<string> {
  const hasOffset = /(?:z|[+-]\d{2}:?\d{2})$/i.test(text);
  const zone = hasOffset ? 'UTC' : ((await client.find<JobBody>(['jobs', job]))?.schedule?.zone ?? 'UTC');
  const at = parseInstant(text, zone);
  if (at === undefined) {
    throw new CommandError(
      'usage',
      `"${text}" is not an instant: write 2027-03-14T02:00:00Z, or 2027-03-14T02:00 in the job's zone`,
    );
  }
  return new Date(at).toISOString();
}
