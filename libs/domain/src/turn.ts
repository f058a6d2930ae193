import { z } from 'zod';
import { type AgentTurn, type AgentTurnDocument, agentTurnSchema, resolveAgentTurn } from './agent-turn.ts';
import type { FieldError } from './field-error.ts';
import { nearest } from './nearest.ts';
import {
  resolveShellTurn,
  type ShellTurn,
  type ShellTurnDocument,
  shellFields,
  shellTurnSchema,
} from './shell-turn.ts';

/** What a worker carries out, as users write it. */
export type TurnDocument = ShellTurnDocument | AgentTurnDocument;

/** What a worker carries out. */
export type Turn = ShellTurn | AgentTurn;
export type TurnKind = Turn['kind'];

export const turnSchemas = { shell: shellTurnSchema, agent: agentTurnSchema } as const;
export const turnSchema = z.union([shellTurnSchema, agentTurnSchema]);

export function isAgentTurn(turn: TurnDocument): turn is AgentTurnDocument {
  return 'agent' in turn;
}

/** Resolves a validated document; it cannot fail. */
export function resolveTurn(turn: TurnDocument): Turn {
  return isAgentTurn(turn) ? resolveAgentTurn(turn) : resolveShellTurn(turn);
}

const keys: Readonly<Record<TurnKind, readonly string[]>> = {
  shell: Object.keys(shellFields.shape),
  agent: Object.keys(agentTurnSchema.shape),
};
/** Fields that only turns of that kind have. */
const ownKeys: Readonly<Record<TurnKind, readonly string[]>> = {
  shell: keys.shell.filter((key) => !keys.agent.includes(key)),
  agent: keys.agent.filter((key) => !keys.shell.includes(key)),
};
/** Fields that say of which kind a turn is. The first kind that has one of its own is meant. */
const marks: Readonly<Record<TurnKind, readonly string[]>> = {
  shell: ['shell', 'argv'],
  agent: ['agent', 'prompt'],
};

/** Of which kind an unchecked turn is meant to be: by the fields that mark it, else by those that it nearly has. */
export function turnKindOf(turn: unknown): TurnKind {
  const found = fieldsOf(turn);
  for (const kind of ['shell', 'agent'] as const) {
    if (marks[kind].some((key) => found.includes(key))) return kind;
  }
  const likeness = (kind: TurnKind) =>
    found.filter((key) => nearest(key, ownKeys[kind]) !== undefined).length;
  return likeness('agent') > likeness('shell') ? 'agent' : 'shell';
}

/** Takes the fields of the other kind out of a turn, each with its own error. */
export function refuseForeignFields(turn: unknown): {
  readonly errors: FieldError[];
  readonly rest: unknown;
} {
  const kind = turnKindOf(turn);
  const other = kind === 'shell' ? 'agent' : 'shell';
  const found = fieldsOf(turn);
  const foreign = found.filter((key) => ownKeys[other].includes(key));
  const mark = marks[kind].find((key) => found.includes(key));
  const because = mark === undefined ? '' : `, since it has "${mark}"`;
  const errors = foreign.map((key) => ({
    path: `turn.${key}`,
    message: `"${key}" is a field of ${other} turns, and this is ${kind === 'agent' ? 'an' : 'a'} ${kind} turn${because}`,
  }));
  if (foreign.length === 0) return { errors, rest: turn };
  const own = Object.entries(turn as object).filter(([key]) => !foreign.includes(key));
  return { errors, rest: Object.fromEntries(own) };
}

function fieldsOf(turn: unknown): readonly string[] {
  return typeof turn === 'object' && turn !== null && !Array.isArray(turn) ? Object.keys(turn) : [];
}
