import type { Environment } from '@flotilla/runtime';
import type { readConfig } from './config.ts';
import type { WorkerEvents } from './log-events.ts';
import { openShellTurns } from './open-shell-turns.ts';
import { createAgentTurns } from './turns/agent/agent.ts';
import type { Gateway } from './turns/agent/gateway.ts';
import { createRunTurn } from './turns/run-turn.ts';
import type { TurnRunner } from './turns/turn.ts';

type Config = ReturnType<typeof readConfig>;

/** All that this worker can carry out. */
export async function openTurns(
  config: Config,
  environment: Environment,
  { leftoversSwept }: Pick<WorkerEvents, 'leftoversSwept'>,
): Promise<TurnRunner> {
  const shell = await openShellTurns(config, environment, leftoversSwept);
  return createRunTurn({ shell, agent: createAgentTurns({ gateway: gatewayOf(config) }) });
}

function gatewayOf({ agentUrl, agentToken, agentModel }: Config): Gateway | null {
  if (agentUrl === undefined) return null;
  return { url: agentUrl, token: agentToken ?? null, model: agentModel ?? null };
}
