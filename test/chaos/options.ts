import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  readonly minutes: number;
  readonly seed: number;
  /** An absolute path. */
  readonly report: string;
  /** Names of planted bugs; empty: all of them; null: none is planted. */
  readonly bugs: readonly string[] | null;
}

/** The command line cannot be followed: its message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const defaultMinutes = 10;
const defaultReport = 'test/chaos/REPORT.md';

/** Reads the words behind `npm run chaos --`. Throws UsageError. */
export function readOptions(words: readonly string[], root: string, randomSeed: () => number): Options {
  const { values, positionals } = parse(words);
  if (values.bugs !== true && positionals.length > 0) {
    throw new UsageError(`"${positionals[0]}" is no option: names are for --bugs`);
  }
  const minutes = Number(values.minutes ?? defaultMinutes);
  if (!(minutes > 0)) throw new UsageError(`--minutes "${values.minutes}" is no number above 0`);
  const seed = values.seed === undefined ? randomSeed() : Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new UsageError(`--seed "${values.seed}" is no whole number`);
  const report = values.report ?? defaultReport;
  return {
    minutes,
    seed,
    report: isAbsolute(report) ? report : join(root, report),
    bugs: values.bugs === true ? positionals : null,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        minutes: { type: 'string' },
        seed: { type: 'string' },
        report: { type: 'string' },
        bugs: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
