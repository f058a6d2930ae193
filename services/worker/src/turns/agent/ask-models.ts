import { type AgentTurn, agentPrompt, formatDuration, type Outcome, type Usage } from '@flotilla/domain';
import { interruptionOutcome } from '../carry-out.ts';
import type { InsideTask } from '../inside.ts';
import { maskText } from '../secret-mask.ts';
import type { AnswerLimits } from './answer-limits.ts';
import { type AnswerListener, askGateway, type Question } from './ask-gateway.ts';
import type { CallEnd, CallWatch } from './call-watch.ts';
import { faultOf } from './fault-of.ts';
import type { Gateway } from './gateway.ts';
import { parentsIn } from './parents-in.ts';
import { questionHeaders } from './question-headers.ts';
import type { Transcript } from './transcript.ts';

/** All that the calls of one attempt share. */
export interface AgentCall {
  readonly task: InsideTask<AgentTurn>;
  readonly gateway: Gateway;
  readonly limits: AnswerLimits;
  readonly transcript: Transcript;
  readonly watch: CallWatch;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What came of asking. */
export interface Asked {
  readonly outcome: Outcome;
  readonly usage: Usage | undefined;
  /** Another model of the same gateway may have an answer. */
  readonly mayFallBack: boolean;
}

/** Asks one model after the other, until there is an answer, or nothing is to be hoped of the next one. */
export async function askModels(call: AgentCall, models: readonly string[]): Promise<Asked> {
  const [model = '', ...others] = models;
  const asked = await ask(call, model);
  const [next] = others;
  if (!asked.mayFallBack || next === undefined) return asked;
  call.transcript.note(`${model}: ${messageOf(asked.outcome)}; asking ${next}`);
  call.transcript.startOver();
  return askModels(call, others);
}

async function ask(call: AgentCall, model: string): Promise<Asked> {
  const { task, gateway, limits, transcript, watch, now } = call;
  let usage: Usage | undefined;
  const listener: AnswerListener = {
    signal: watch.signal,
    onBytes() {
      if (!task.mayGoOn()) watch.signal.throwIfAborted(); // GD-7: at each chunk
      watch.heard();
    },
    onText: transcript.answer,
    onUsage(known) {
      usage = known;
    },
  };
  try {
    if (!task.mayGoOn()) watch.signal.throwIfAborted(); // GD-7: before each request
    await askGateway(gateway, questionFor(task, model), listener, limits);
    return { outcome: { kind: 'answered' }, usage, mayFallBack: false };
  } catch (error) {
    if (watch.signal.aborted) {
      const outcome = endOutcome(watch.signal.reason as CallEnd, task.turn);
      return { outcome, usage, mayFallBack: false };
    }
    const { outcome, mayFallBack } = faultOf(error, gateway.url, now());
    return { outcome: masked(outcome, gateway.token), usage, mayFallBack };
  }
}

function questionFor({ turn, identity, context }: InsideTask<AgentTurn>, model: string): Question {
  return {
    model,
    prompt: agentPrompt(turn.prompt, parentsIn(context)),
    maxTokens: turn.maxTokens,
    headers: questionHeaders(turn.agent, identity),
  };
}

function endOutcome(reason: CallEnd, { idleTimeoutMs }: AgentTurn): Outcome {
  if (reason !== 'idle') return interruptionOutcome(reason);
  return { kind: 'idle', message: `nothing came from the gateway for ${formatDuration(idleTimeoutMs)}` };
}

/** A gateway may repeat in its refusal what it refuses. */
function masked(outcome: Outcome, token: string | null): Outcome {
  if (token === null || !('message' in outcome) || outcome.message === undefined) return outcome;
  return { ...outcome, message: outcome.message.replaceAll(token, maskText) };
}

function messageOf(outcome: Outcome): string {
  return ('message' in outcome ? outcome.message : undefined) ?? outcome.kind;
}
