import { resolve } from 'node:path';
import { maxBacklog, parseJob } from '@flotilla/domain';
import type { Command } from 'commander';
import { type ApiClient, connectApi } from '../../client/api-client.ts';
import type { PutJobBody } from '../../client/bodies.ts';
import { fieldErrorLine, ProblemError } from '../../client/problem.ts';
import { CommandError } from '../../command-error.ts';
import type { CliContext } from '../../context.ts';
import { nextTickWords } from '../../output/next-tick-words.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import { withOutput } from '../output-options.ts';
import { wholeNumber } from '../whole-number.ts';
import { type ScheduleOptions, scheduleFrom, withSchedule } from './schedule-options.ts';
import { turnFrom } from './turn-from.ts';

interface AddOptions extends ScheduleOptions, OutputOptions {
  readonly name?: string;
  readonly agent?: string;
  readonly prompt?: string;
  readonly model?: string;
  readonly cwd?: string;
  readonly env?: readonly string[];
  readonly secret?: readonly string[];
  readonly timeout?: string;
  readonly retry?: number;
  readonly retryDelay?: string;
  readonly overlap?: string;
  readonly backlog?: number;
  readonly pool?: string;
  readonly priority?: number;
  readonly startWithin?: string;
  readonly guarantee?: string;
  readonly after?: readonly string[];
  readonly join?: string;
  readonly on?: string;
  readonly contains?: string;
  readonly matches?: string;
  readonly disabled?: boolean;
  readonly replace?: boolean;
}

export function registerJobsAdd(jobs: Command, context: CliContext): void {
  const add = jobs
    .command('add')
    .description('create a job that runs a command, or asks an agent')
    .argument('<id>', 'a-z, 0-9, ".", "_" and "-"')
    .argument('[command...]', 'behind --: a program and its arguments, or one quoted script for /bin/sh')
    .usage('ID [options] -- COMMAND…, or ID [options] --agent NAME --prompt TEXT');
  withSchedule(add)
    .option('--after <job>', 'run after each run of that job; may be repeated', collect)
    .option('--join <join>', 'with several --after: any of them (default), or all')
    .option('--on <ending>', 'with --after: success, failure or complete')
    .option('--contains <text>', 'with --after: when its output contains this')
    .option('--matches <pattern>', 'with --after: when its output matches this RE2 pattern')
    .option('--name <name>', 'what to call it (default: its id)')
    .option('--agent <name>', 'ask this agent instead of running a command')
    .option('--prompt <text>', 'what to ask it')
    .option('--model <model>', "the model that is to answer (default: its worker's)")
    .option('--cwd <folder>', 'where to run it (default: an empty folder of its own)')
    .option('--env <name=value>', 'a variable of its environment; may be repeated', collect)
    .option('--secret <name>', 'a secret that its worker puts into its environment; may be repeated', collect)
    .option('--timeout <duration>', 'how long a try may take (default: 10m, of an agent 30m)')
    .option('--retry <tries>', 'tries in all (default: 1)', wholeNumber(1, 100))
    .option('--retry-delay <duration>', 'pause before the second try (default: 30s)')
    .option(
      '--overlap <policy>',
      'while another run of it is under way: skip, queue, latest, cancel or allow',
    )
    .option(
      '--backlog <runs>',
      'with --overlap queue: how many may wait (default: 25)',
      wholeNumber(1, maxBacklog),
    )
    .option('--pool <pool>', 'which workers take it (default: default)')
    .option('--priority <number>', 'from -100 to 100, higher is sooner (default: 0)', wholeNumber(-100, 100))
    .option('--start-within <duration>', 'how long a run may wait for its start')
    .option('--guarantee <guarantee>', 'when its worker is lost: at-most-once or at-least-once')
    .option('--disabled', 'create it switched off')
    .option('--replace', 'change the job if there is one with this id');
  withOutput(add).action(async (id: string, words: readonly string[], options: AddOptions) => {
    const document = documentFrom(id, words, options, context);
    const parsed = parseJob(document);
    if (!parsed.ok) throw new CommandError('usage', parsed.errors.map(fieldErrorLine));
    const body = await putJob(await connectApi(context), id, document, options.replace === true);
    print(context, options, body, (style) => [
      `${style.colours.green(body.change)} ${style.colours.bold(body.id)} (revision ${body.revision}), ${nextTickWords(body, style)}`,
    ]);
  });
}

/** Only what was said: defaults are the document's own. */
function documentFrom(
  id: string,
  words: readonly string[],
  options: AddOptions,
  { folder, now }: CliContext,
): Record<string, unknown> {
  const {
    name,
    cwd,
    env = [],
    secret,
    timeout,
    retry,
    retryDelay,
    overlap,
    backlog,
    pool,
    priority,
    startWithin,
    guarantee,
    disabled,
  } = options;
  return said({
    id,
    name,
    overlap,
    backlog,
    pool,
    priority,
    startWithin,
    guarantee,
    enabled: disabled === true ? false : undefined,
    schedule: scheduleFrom(options, now()),
    after: afterFrom(options),
    retry: said({ attempts: retry, delay: retryDelay }),
    turn: said({
      ...(words.length === 0 ? {} : turnFrom(words)),
      agent: options.agent,
      prompt: options.prompt,
      model: options.model,
      cwd: cwd === undefined ? undefined : resolve(folder, cwd),
      env: env.length === 0 ? undefined : Object.fromEntries(env.map(assignment)),
      secrets: secret,
      timeout,
    }),
  });
}

function afterFrom({ after, join, on, contains, matches }: AddOptions): Record<string, unknown> | undefined {
  const [job, ...others] = after ?? [];
  const when = said({ contains, matches });
  const rule = said({ join, on, when: Object.keys(when).length === 0 ? undefined : when });
  if (job !== undefined) return { ...(others.length === 0 ? { job } : { jobs: after }), ...rule };
  const [option] = Object.keys({ ...said({ join, on }), ...when });
  if (option !== undefined) throw new CommandError('usage', `--${option} needs --after: of which job?`);
  return undefined;
}

function said(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function assignment(text: string): [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new CommandError('usage', `--env: "${text}" is not NAME=value`);
  }
  return [name, value];
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

async function putJob(
  client: ApiClient,
  id: string,
  document: unknown,
  replace: boolean,
): Promise<PutJobBody> {
  const headers: Record<string, string> = replace ? {} : { 'if-none-match': '*' };
  try {
    return (await client.send<PutJobBody>('PUT', ['jobs', id], { body: document, headers })).body;
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status !== 412) throw error;
    const { revision } = error.problem;
    throw new CommandError(
      'refused',
      `there is a job "${id}" (revision ${revision}): add --replace to change it, or choose another id`,
    );
  }
}
