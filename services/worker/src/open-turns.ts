import type { Environment } from '@flotilla/runtime';
import type { readConfig } from './config.ts';
import type { WorkerEvents } from './log-events.ts';
import { openShellTurns } from './open-shell-turns.ts';
import { neverStarted } from './turns/never-started.ts';
import { createRunTurn } from './turns/run-turn.ts';
import type { TurnRunner } from './turns/turn.ts';

/** All that this worker can carry out. */
export async function openTurns(
  config: ReturnType<typeof readConfig>,
  environment: Environment,
  { leftoversSwept }: Pick<WorkerEvents, 'leftoversSwept'>,
): Promise<TurnRunner> {
  const shell = await openShellTurns(config, environment, leftoversSwept);
  const agent = () =>
    Promise.resolve(neverStarted({ kind: 'misconfigured', message: 'this worker has no agent gateway' }));
  return createRunTurn({ shell, agent });
}
