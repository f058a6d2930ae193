import type { AgentTurn } from '@flotilla/domain';
import { interruptionOutcome } from '../carry-out.ts';
import { insideTurns } from '../inside.ts';
import { neverStarted } from '../never-started.ts';
import type { TurnRunner } from '../turn.ts';
import { type AnswerLimits, defaultAnswerLimits } from './answer-limits.ts';
import { askModels } from './ask-models.ts';
import { watchCall } from './call-watch.ts';
import type { Gateway } from './gateway.ts';
import { createTranscript } from './transcript.ts';

export interface AgentTurnsOptions {
  /** Null: this worker was told of none. */
  readonly gateway: Gateway | null;
  readonly limits?: AnswerLimits;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** Carries out agent turns: one question to the gateway, and the same to other models where it has no good answer. */
export function createAgentTurns(options: AgentTurnsOptions): TurnRunner<AgentTurn> {
  const { gateway, limits = defaultAnswerLimits, now = Date.now } = options;
  return insideTurns(async (task) => {
    const { turn, stop, log } = task;
    const model = turn.model ?? gateway?.model ?? null;
    if (gateway === null || model === null) {
      return neverStarted({ kind: 'misconfigured', message: gateway === null ? noGateway : noModel });
    }
    if (!task.mayGoOn()) return neverStarted(interruptionOutcome(stop.aborted ? stop.reason : 'fenced'));
    const transcript = createTranscript(log, gateway.token === null ? [] : [gateway.token]);
    const watch = watchCall({ ...turn, stop });
    const spawnedAt = now();
    task.onSpawned?.(spawnedAt);
    try {
      const call = { task, gateway, limits, transcript, watch, now };
      const { outcome, usage } = await askModels(call, [model, ...turn.fallback]);
      return { outcome, ...transcript.end(), spawnedAt, ...(usage === undefined ? {} : { usage }) };
    } finally {
      watch.close();
    }
  });
}

const noGateway = 'this worker has no agent gateway: set its FLOTILLA_AGENT_URL';
const noModel = 'the job names no model, nor does the worker: set "turn.model", or FLOTILLA_AGENT_MODEL';
