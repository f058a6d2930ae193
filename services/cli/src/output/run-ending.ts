import type { RunDetailBody } from '../client/bodies.ts';
import { printable } from './printable.ts';
import { spanWords } from './span-words.ts';
import { paintState, stateWithReason } from './state-words.ts';
import type { Style } from './style.ts';

/** Lines of a failed run's output that are shown. */
const shownLines = 10;

/** How a run ended, and the last lines that it wrote where it did not go well. */
export function endingLines(run: RunDetailBody, { colours }: Style): string[] {
  const took = tookMs(run);
  const end = `${paintState(stateWithReason(run), run.state, colours)}${took === null ? '' : ` after ${spanWords(took)}`}`;
  const last = run.attempts.at(-1);
  if (run.state === 'succeeded' || last === undefined) return [end];
  const message = last.message === null ? [] : [printable(last.message)];
  return [end, ...message, ...lastLines(last.stderr === '' ? last.stdout : last.stderr)];
}

export function tookMs({
  startedAt,
  settledAt,
}: Pick<RunDetailBody, 'startedAt' | 'settledAt'>): number | null {
  return startedAt === null || settledAt === null ? null : Date.parse(settledAt) - Date.parse(startedAt);
}

/** The end of an output, indented; "…" stands for what is left out. */
export function lastLines(output: string, count = shownLines): string[] {
  const text = printable(output).replace(/\n+$/, '');
  if (text === '') return [];
  const lines = text.split('\n');
  const kept = lines.slice(-count).map((line) => `  ${line}`);
  return lines.length > count ? ['  …', ...kept] : kept;
}
