import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  /** Names of scenarios; empty: all of them. */
  readonly only: readonly string[];
  /** How often each figure is measured; its median is told. Null: as often as the scenario says. */
  readonly rounds: number | null;
  /** Smaller amounts and fewer rounds: to see that it works, not for figures that are told. */
  readonly isQuick: boolean;
  /** An absolute path; null: nothing is written. */
  readonly json: string | null;
}

/** The command line cannot be followed: its message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const mostRounds = 50;

/** Reads the words behind `npm run bench --`. Throws UsageError. */
export function readOptions(words: readonly string[], known: readonly string[], root: string): Options {
  const { values, positionals } = parse(words);
  const only = [...positionals, ...(values.only ?? [])].flatMap((names) => names.split(','));
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`there is no scenario "${unknown}": there are ${known.join(', ')}`);
  }
  const rounds = values.rounds === undefined ? null : Number(values.rounds);
  if (rounds !== null && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= mostRounds)) {
    throw new UsageError(`--rounds "${values.rounds}" is no whole number from 1 to ${mostRounds}`);
  }
  const { json = null, quick = false } = values;
  return { only, rounds, isQuick: quick, json: json === null || isAbsolute(json) ? json : join(root, json) };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        only: { type: 'string', multiple: true },
        rounds: { type: 'string' },
        quick: { type: 'boolean' },
        json: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
