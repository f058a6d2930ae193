import type { ShellTurn } from '@flotilla/domain';
import type { AttemptFolder } from './attempt-folder.ts';
import { argumentLimitBytes, type Command, wrapped } from './command.ts';
import { identityEnvironment } from './environment.ts';
import type { Launch } from './launch.ts';
import { checkWorkingFolder, findProgram } from './program.ts';
import type { SecretSource } from './secret-source.ts';
import type { TurnTask } from './turn.ts';

export interface PreparedTurn extends Launch {
  /** Values to mask in the output. */
  readonly secrets: readonly string[];
}

export interface Preparation {
  readonly folder: AttemptFolder;
  readonly secrets: SecretSource;
  /** What the turn inherits from the worker. */
  readonly inherited: Readonly<Record<string, string>>;
}

/**
 * Resolves all that a turn needs from this worker.
 *
 * @throws Misconfigured where the worker has not what the job asks for
 */
export async function prepareShellTurn(
  task: TurnTask<ShellTurn>,
  preparation: Preparation,
): Promise<PreparedTurn> {
  const { turn, identity, context } = task;
  const { folder } = preparation;
  const secrets = await resolveSecrets(turn.secrets, preparation.secrets);
  const cwd = turn.cwd ?? (await folder.makeWorkFolder());
  await checkWorkingFolder(cwd);
  const contextPath =
    context === null || context === undefined
      ? null
      : await folder.writePrivateFile('context.json', JSON.stringify(context));
  const environment = {
    ...preparation.inherited,
    ...turn.env,
    ...secrets,
    ...identityEnvironment(identity, contextPath),
  };
  const command = await findCommand(task, { cwd, searchPath: environment['PATH'], folder });
  return {
    command: wrapped(command, turn),
    cwd,
    environment,
    stdinPath: turn.stdin === null ? null : await folder.writePrivateFile('stdin', turn.stdin),
    secrets: Object.values(secrets),
  };
}

async function resolveSecrets(
  names: readonly string[],
  source: SecretSource,
): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await source(name)] as const)),
  );
}

interface CommandPlace {
  readonly cwd: string;
  readonly searchPath: string | undefined;
  readonly folder: AttemptFolder;
}

async function findCommand({ turn }: TurnTask<ShellTurn>, place: CommandPlace): Promise<Command> {
  if ('argv' in turn.command) {
    const [program = '', ...args] = turn.command.argv;
    return [await findProgram(program, place.cwd, place.searchPath), ...args];
  }
  const { shellPath, script } = turn.command;
  const shell = await findProgram(shellPath, place.cwd);
  return Buffer.byteLength(script) > argumentLimitBytes
    ? [shell, await place.folder.writePrivateFile('script', script)]
    : [shell, '-c', script];
}
