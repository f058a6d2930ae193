import {
  type AgentTurn,
  agentPrompt,
  formatDuration,
  type Outcome,
  type TurnReport,
  type Usage,
} from '@flotilla/domain';
import { interruptionOutcome } from '../carry-out.ts';
import { type InsideTask, insideTurns } from '../inside.ts';
import { neverStarted } from '../never-started.ts';
import { maskText } from '../secret-mask.ts';
import type { TurnRunner } from '../turn.ts';
import { type AnswerLimits, defaultAnswerLimits } from './answer-limits.ts';
import { askGateway } from './ask-gateway.ts';
import { type CallEnd, type CallWatch, watchCall } from './call-watch.ts';
import { type Fault, faultOf } from './fault-of.ts';
import type { Gateway } from './gateway.ts';
import { parentsIn } from './parents-in.ts';
import { questionHeaders } from './question-headers.ts';
import { createTranscript, type Transcript } from './transcript.ts';

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
    const misconfigured = (message: string) => neverStarted({ kind: 'misconfigured', message });
    if (gateway === null)
      return misconfigured('this worker has no agent gateway: set its FLOTILLA_AGENT_URL');
    const model = task.turn.model ?? gateway.model;
    if (model === null) {
      return misconfigured(
        'the job names no model, nor does the worker: set "turn.model", or FLOTILLA_AGENT_MODEL',
      );
    }
    if (!task.mayGoOn())
      return neverStarted(interruptionOutcome(task.stop.aborted ? task.stop.reason : 'fenced'));
    const transcript = createTranscript(task.log, gateway.token === null ? [] : [gateway.token]);
    const watch = watchCall({ ...task.turn, stop: task.stop });
    const spawnedAt = now();
    task.onSpawned?.(spawnedAt);
    try {
      const asked = await askInTurn({ task, gateway, limits, transcript, watch, now }, [
        model,
        ...task.turn.fallback,
      ]);
      return { ...asked, ...transcript.end(), spawnedAt } satisfies TurnReport;
    } finally {
      watch.close();
    }
  });
}

interface Attempt {
  readonly task: InsideTask<AgentTurn>;
  readonly gateway: Gateway;
  readonly limits: AnswerLimits;
  readonly transcript: Transcript;
  readonly watch: CallWatch;
  readonly now: () => number;
}

type Asked = Pick<TurnReport, 'outcome' | 'usage'>;

/** Asks one model after the other, until there is an answer, or nothing is to be hoped of the next one. */
async function askInTurn(attempt: Attempt, models: readonly string[]): Promise<Asked> {
  const { transcript } = attempt;
  const [model = '', ...others] = models;
  const asked = await ask(attempt, model);
  const [next] = others;
  if (!('fault' in asked) || !asked.fault.mayFallBack || next === undefined) return asked;
  transcript.note(`${model}: ${messageOf(asked.outcome)}; asking ${next}`);
  transcript.startOver();
  return askInTurn(attempt, others);
}

async function ask(attempt: Attempt, model: string): Promise<Asked | (Asked & { readonly fault: Fault })> {
  const { task, gateway, limits, transcript, watch, now } = attempt;
  const { turn, identity, context } = task;
  let usage: Usage | undefined;
  const seen = (): Pick<TurnReport, 'usage'> => (usage === undefined ? {} : { usage });
  const question = {
    model,
    prompt: agentPrompt(turn.prompt, parentsIn(context)),
    maxTokens: turn.maxTokens,
    headers: questionHeaders(turn.agent, identity),
  };
  const listener = {
    signal: watch.signal,
    onBytes() {
      task.mayGoOn(); // GD-7: at each chunk
      watch.heard();
    },
    onText: transcript.answer,
    onUsage(known: Usage) {
      usage = known;
    },
  };
  try {
    watch.signal.throwIfAborted();
    await askGateway(gateway, question, listener, limits);
    return { outcome: { kind: 'answered' }, ...seen() };
  } catch (error) {
    if (watch.signal.aborted) return { outcome: endOutcome(watch.signal.reason as CallEnd, turn), ...seen() };
    const fault = faultOf(error, gateway.url, now());
    return { outcome: masked(fault.outcome, gateway.token), ...seen(), fault };
  }
}

function endOutcome(reason: CallEnd, { idleTimeoutMs }: AgentTurn): Outcome {
  if (reason !== 'idle') return interruptionOutcome(reason);
  return { kind: 'idle', message: `nothing came from the gateway for ${formatDuration(idleTimeoutMs)}` };
}

/** A gateway may repeat in its refusal what it refuses. */
function masked(outcome: Fault['outcome'], token: string | null): Fault['outcome'] {
  if (token === null || outcome.message === undefined) return outcome;
  return { ...outcome, message: outcome.message.replaceAll(token, maskText) };
}

function messageOf(outcome: Outcome): string {
  return ('message' in outcome ? outcome.message : undefined) ?? outcome.kind;
}
