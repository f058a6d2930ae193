import { z } from 'zod';
import { durationText, parseDuration } from './duration.ts';
import { plainText } from './plain-text.ts';

/** Characters of a prompt, before what its parent left is added. */
export const maxPromptLength = 256 * 1024;
/** Models that may be asked after the first one. */
export const maxFallbacks = 8;
/** Tokens that a job may allow an answer to have. */
export const maxAnswerTokens = 1_000_000;

const agentLabel = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,63}$/,
    'an agent is named by 1 to 64 of a-z, 0-9, "_" and "-", and begins with a letter or a digit',
  );

const modelName = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'a model is named by 1 to 200 printable ASCII characters without blanks');

/** An agent turn as users write it: one prompt for one agent, answered by a gateway. */
export const agentTurnSchema = z.strictObject({
  /** A label: the gateway learns it from a header. */
  agent: agentLabel,
  prompt: plainText(maxPromptLength).min(1),
  model: modelName.optional(),
  /** Models that are asked in this order where the gateway has no good answer of the one before. */
  fallback: z.array(modelName).max(maxFallbacks).default([]),
  maxTokens: z.int().min(1).max(maxAnswerTokens).optional(),
  timeout: durationText({ minMs: 1, maxMs: 7 * 86_400_000 }).default('30m'),
  /** How long nothing may come from the gateway. */
  idleTimeout: durationText({ minMs: 1, maxMs: 7 * 86_400_000 }).default('5m'),
});

export type AgentTurnDocument = z.output<typeof agentTurnSchema>;

/** An agent turn with its limits resolved: durations in milliseconds. */
export interface AgentTurn {
  readonly kind: 'agent';
  readonly agent: string;
  readonly prompt: string;
  /** Null: the worker's own. */
  readonly model: string | null;
  readonly fallback: readonly string[];
  /** Null: as many as the gateway gives. */
  readonly maxTokens: number | null;
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** Resolves a validated document; it cannot fail. */
export function resolveAgentTurn(turn: AgentTurnDocument): AgentTurn {
  return {
    kind: 'agent',
    agent: turn.agent,
    prompt: turn.prompt,
    model: turn.model ?? null,
    fallback: turn.fallback,
    maxTokens: turn.maxTokens ?? null,
    timeoutMs: parseDuration(turn.timeout) ?? 0,
    idleTimeoutMs: parseDuration(turn.idleTimeout) ?? 0,
  };
}
