import { type Exploration, explore } from './explore.ts';
import type { Model } from './model.ts';

/** One line of the catalogue: a model, a scenario, and what must come of it. */
export interface Run {
  /** "liveness/GD-2" */
  readonly name: string;
  /** The rules that are switched off; empty where all hold. */
  readonly off: readonly string[];
  /** What goes wrong meanwhile, in words. */
  readonly around: string;
  /** The violations that it must find; none where it is to hold. */
  readonly expects: readonly string[];
  explore(): Exploration;
}

/** Bounds a run that does not say so itself: at most about a minute and 1.5 GB of memory. */
export const STATE_LIMIT = 2_000_000;

export function runOf<State extends object>(
  model: Model<State>,
  { stateLimit = STATE_LIMIT, ...run }: Omit<Run, 'explore'> & { readonly stateLimit?: number },
): Run {
  return { ...run, explore: () => explore(model, { stateLimit, expected: run.expects }) };
}

export function endsAsExpected(run: Run, { violations }: Exploration): boolean {
  const found = violations.map(({ check }) => check).sort();
  return found.join() === [...run.expects].sort().join();
}

const columns = [
  ['run', 36],
  ['switched off', 14],
  ['around', 54],
  ['states', 9],
  ['explored', 9],
  ['found', 11],
] as const;

export function tableHead(): string {
  const rule = columns.map(([, width]) => '-'.repeat(width));
  return `${tableLine(columns.map(([title]) => title))}\n${tableLine(rule)}`;
}

/** A row of the table that a run prints and README keeps. */
export function tableRow(run: Run, { states, end, violations }: Exploration): string {
  const found = violations.map(({ check }) => check).join(', ');
  const off = run.off.join(', ');
  return tableLine([run.name, off || '–', run.around, states.toLocaleString('en'), end, found || 'none']);
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell, at) => cell.padEnd(columns[at]?.[1] ?? 0)).join(' | ')} |`;
}
