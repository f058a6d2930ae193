import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { RunBody } from '../../client/bodies.ts';
import { settledRun } from '../../client/settled-run.ts';
import { CommandError } from '../../command-error.ts';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { endingLines } from '../../output/run-ending.ts';
import { shortId } from '../../output/short-id.ts';
import { stateWithReason } from '../../output/state-words.ts';
import { styleOf } from '../../output/style.ts';
import { durationOption } from '../duration-option.ts';
import { withOutput } from '../output-options.ts';

interface RunOptions extends OutputOptions {
  readonly wait?: boolean;
  readonly key?: string;
  readonly timeout?: number;
}

export function registerJobsRun(jobs: Command, context: CliContext): void {
  const run = jobs
    .command('run')
    .description('run a job now, also one that is switched off')
    .argument('<id>')
    .option('--key <key>', 'the same key again answers with the first run')
    .option('--wait', 'wait for its end; exit code 1 if it did not succeed')
    .option('--timeout <duration>', 'with --wait: give up waiting; the run goes on', durationOption);
  withOutput(run).action(async (id: string, options: RunOptions) => {
    const client = await connectApi(context);
    const headers: Record<string, string> =
      options.key === undefined ? {} : { 'idempotency-key': options.key };
    const { status, body } = await client.send<RunBody>('POST', ['jobs', id, 'runs'], { headers });
    if (options.wait !== true) {
      print(context, options, body, (style) => [startedLine(body, status, style)]);
      return;
    }
    if (options.json !== true)
      context.stdout.write(`${startedLine(body, status, styleOf(context, options))}\n`);
    const settled = await settledRun(client, body.id, { timeoutMs: options.timeout ?? null });
    print(context, options, settled, (style) => endingLines(settled, style));
    if (settled.state !== 'succeeded') {
      throw new CommandError(
        'failed',
        `${id} ${stateWithReason(settled)}: flotilla runs logs ${shortId(settled.id)}`,
      );
    }
  });
}

const repeated = 200;

function startedLine(run: RunBody, status: number, { colours }: ReturnType<typeof styleOf>): string {
  const short = colours.bold(shortId(run.id));
  if (status === repeated)
    return `${colours.yellow('known')} run ${short} of ${run.job}: the key was used before`;
  return `${colours.green('queued')} run ${short} of ${run.job}`;
}
