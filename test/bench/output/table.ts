import { type Figure, holds } from '../figure.ts';
import type { Load } from '../profile/watch-load.ts';
import type { Measured, Scenario } from '../scenario.ts';
import { boundWords, medianWords, spreadWords } from './figure-words.ts';
import { loadLines } from './load-lines.ts';

const widths = { what: 40, value: 11, spread: 16, bound: 11 } as const;

export function headLine(): string {
  return row('', 'median', 'rounds', 'bound', '');
}

/** A scenario's part of the table; where a bound does not hold, with where the time went. */
export function scenarioLines({ title, settings }: Scenario, { figures, load }: Measured): string[] {
  const hasMissed = figures.some((figure) => holds(figure) === false);
  return [
    title,
    ...figures.map(figureLine),
    ...settings.map((line) => `    · ${line}`),
    ...(hasMissed ? load.flatMap(linesOf).map((line) => `    ${line}`) : []),
  ];
}

/** Ours come first, and at length. */
function linesOf(load: Load, index: number): string[] {
  return loadLines(load, index === 0 ? 8 : 3);
}

function figureLine(figure: Figure): string {
  const { what, unit, bound } = figure;
  const isHeld = holds(figure);
  const verdict = isHeld === null ? '' : isHeld ? '✓' : '✗ does not hold';
  const bounds = bound === undefined ? '' : boundWords(bound, unit);
  return row(what, medianWords(figure), spreadWords(figure, unit), bounds, verdict);
}

function row(what: string, value: string, spread: string, bound: string, verdict: string): string {
  const cells = [
    what.padEnd(widths.what),
    value.padStart(widths.value),
    spread.padStart(widths.spread),
    bound.padStart(widths.bound),
    ` ${verdict}`,
  ];
  return `  ${cells.join('')}`.trimEnd();
}
