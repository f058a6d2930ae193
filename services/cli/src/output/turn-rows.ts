import {
  type AgentTurnDocument,
  isAgentTurn,
  type ShellTurnDocument,
  type TurnDocument,
} from '@flotilla/domain';
import { printable } from './printable.ts';

type Rows = readonly (readonly [string, string | null])[];

/** What a job runs: the rows of its turn among its details. */
export function turnRows(turn: TurnDocument): Rows {
  return isAgentTurn(turn) ? agentRows(turn) : shellRows(turn);
}

function shellRows(turn: ShellTurnDocument): Rows {
  return [
    ['command', commandWords(turn)],
    ['folder', turn.cwd ?? null],
    ['env', variablesWords(turn.env)],
    ['secrets', turn.secrets.length === 0 ? null : turn.secrets.join(', ')],
    ['timeout', `${turn.timeout}, killed ${turn.killAfter} later`],
  ];
}

function agentRows({
  agent,
  prompt,
  model,
  fallback,
  maxTokens,
  timeout,
  idleTimeout,
}: AgentTurnDocument): Rows {
  return [
    ['agent', agent],
    ['prompt', printable(prompt.trimEnd())],
    ['model', [model ?? "the worker's", ...fallback].join(', else ')],
    ['tokens', maxTokens === undefined ? null : `at most ${maxTokens}`],
    ['timeout', `${timeout}, or ${idleTimeout} of silence`],
  ];
}

function commandWords({ shell, argv = [], shellPath }: ShellTurnDocument): string {
  if (shell === undefined) return printable(argv.map(quoted).join(' '));
  return `${shellPath === '/bin/sh' ? '' : `${shellPath}: `}${printable(shell.trimEnd())}`;
}

/** As it would have to be typed. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function variablesWords(env: Readonly<Record<string, string>>): string | null {
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
  return lines.length === 0 ? null : printable(lines.join('\n'));
}
