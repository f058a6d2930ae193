import { type Bound, type Figure, median } from '../figure.ts';

/** A value as people read it: `1,234 ms`, `0.97 ×`. */
export function valueWords(value: number, unit: Figure['unit']): string {
  const digits = unit === '×' ? 2 : unit === 'ms' && Math.abs(value) < 10 ? 1 : 0;
  const number = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '' ? number : `${number} ${unit}`;
}

export function medianWords({ rounds, unit }: Figure): string {
  return valueWords(median(rounds), unit);
}

/** From the smallest to the largest of the rounds. */
export function spreadWords({ rounds }: Figure, unit: Figure['unit']): string {
  if (rounds.length < 2) return '';
  return `${valueWords(Math.min(...rounds), unit).replace(/ .*/, '')}–${valueWords(Math.max(...rounds), unit).replace(/ .*/, '')}`;
}

export function boundWords(bound: Bound, unit: Figure['unit']): string {
  return 'atMost' in bound ? `≤ ${valueWords(bound.atMost, unit)}` : `≥ ${valueWords(bound.atLeast, unit)}`;
}
