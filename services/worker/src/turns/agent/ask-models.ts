import { type AgentTurn, agentPrompt, formatDuration, type Outcome, type Usage } from '@flotilla/domain';
import { interruptionOutcome } from '../carry-out.ts';
import type { InsideTask } from '../inside.ts';
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
  const last = await askModels(call, others);
  return {
    ...last,
    outcome: endOfBoth(asked.outcome, last.outcome),
    usage: sumOfBoth(asked.usage, last.usage),
  };
}

/** Where time may mend the first one's end, a next model that is unknown does not make it a mistake of the job. */
function endOfBoth(first: Outcome, last: Outcome): Outcome {
  if (first.kind !== 'gateway') return last;
  if (last.kind === 'misconfigured') return first;
  if (last.kind !== 'gateway') return last;
  const retryAfterMs = Math.max(first.retryAfterMs ?? 0, last.retryAfterMs ?? 0);
  return retryAfterMs === 0 ? last : { ...last, retryAfterMs };
}

/** What each of them cost is to be paid; the model is the last one that told of any. */
function sumOfBoth(first: Usage | undefined, last: Usage | undefined): Usage | undefined {
  if (first === undefined || last === undefined) return last ?? first;
  const sum = (one: number | null, other: number | null) =>
    one === null && other === null ? null : (one ?? 0) + (other ?? 0);
  return {
    model: last.model,
    inputTokens: sum(first.inputTokens, last.inputTokens),
    outputTokens: sum(first.outputTokens, last.outputTokens),
    cost: sum(first.cost, last.cost),
  };
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
    return { ...faultOf(error, gateway, now()), usage };
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

function messageOf(outcome: Outcome): string {
  return ('message' in outcome ? outcome.message : undefined) ?? outcome.kind;
}
