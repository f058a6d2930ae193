import { type Command, Option } from 'commander';
import { type ApiClient, connectApi } from '../../client/api-client.ts';
import { findRunId } from '../../client/find-run.ts';
import { followLog, type LogFilter } from '../../client/follow-log.ts';
import { untilSilent } from '../../client/until-silent.ts';
import type { CliContext } from '../../context.ts';
import { sayBreak } from '../say-gaps.ts';
import { wholeNumber } from '../whole-number.ts';
import { runArgument } from './run-argument.ts';

interface LogsOptions extends LogFilter {
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** A server that sends nothing for so long in the middle of a log is gone. */
const logSilenceMs = 30_000;

export function registerRunsLogs(runs: Command, context: CliContext): void {
  runs
    .command('logs')
    .description('what the turns of a run wrote, byte for byte')
    .argument(...runArgument)
    .option('-f, --follow', 'and what they write, until the run is settled or Ctrl-C')
    .addOption(new Option('--stream <stream>', 'only one of the two').choices(['stdout', 'stderr']))
    .option('--attempt <number>', 'only one try', wholeNumber(1, 1_000_000))
    .option('--json', 'print one JSON document; with -f one for each piece, a line each')
    .action(async (text: string, options: LogsOptions) => {
      const client = await connectApi(context);
      const run = await findRunId(client, text);
      if (options.follow === true) await printFollowed(client, run, options, context);
      else if (options.json === true) await printDocument(client, run, options, context);
      else for await (const bytes of logOf(client, run, options)) context.stdout.write(bytes);
    });
}

async function printFollowed(
  client: ApiClient,
  run: string,
  { json = false, ...filter }: LogsOptions,
  context: CliContext,
): Promise<void> {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  for await (const output of followLog(client, run, filter, { onBreak: sayBreak(context) })) {
    const { attempt, stream, bytes } = output;
    const text = () => decoders[stream].decode(bytes, { stream: true });
    context.stdout.write(json ? `${JSON.stringify({ attempt, stream, log: text() })}\n` : bytes);
  }
}

async function printDocument(
  client: ApiClient,
  run: string,
  options: LogsOptions,
  { stdout }: CliContext,
): Promise<void> {
  const { stream = null, attempt = null } = options;
  const decoder = new TextDecoder();
  let log = '';
  for await (const bytes of logOf(client, run, options)) log += decoder.decode(bytes, { stream: true });
  stdout.write(`${JSON.stringify({ run, stream, attempt, log: log + decoder.decode() }, null, 2)}\n`);
}

async function* logOf(
  client: ApiClient,
  run: string,
  { stream, attempt }: LogsOptions,
): AsyncGenerator<Uint8Array> {
  const { body } = await client.open('GET', ['runs', run, 'log'], { query: { stream, attempt } });
  if (body !== null) yield* untilSilent(body, logSilenceMs);
}
