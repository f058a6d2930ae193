import type { ShellTurn } from '@flotilla/domain';
import type { Environment } from '@flotilla/runtime';
import { createSecretSource } from './turns/secret-source.ts';
import { createShellTurns } from './turns/shell.ts';
import type { TurnRunner } from './turns/turn.ts';
import { openWorkDir, sweepWorkDir } from './turns/work-dir.ts';

/** Shell turns in a folder of this process's own, once what earlier workers left there is gone. */
export async function openShellTurns(
  { workDir, secretsDir }: { readonly workDir: string; readonly secretsDir: string },
  environment: Environment,
  onSwept: (folders: number) => void,
): Promise<TurnRunner<ShellTurn>> {
  const own = await openWorkDir(workDir);
  onSwept(await sweepWorkDir(workDir));
  const secrets = createSecretSource({ folder: secretsDir, environment });
  return createShellTurns({ workDir: own, secrets, environment });
}
