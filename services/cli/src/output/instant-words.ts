import { formatInstant } from '@flotilla/domain';
import type { Style } from './style.ts';

/** Date and time as clocks in the style's zone show them: `2026-11-21 09:41:07`; "–" for none. */
export function instantWords(instant: string | number | null, { zone }: Pick<Style, 'zone'>): string {
  if (instant === null) return '–';
  return formatInstant(new Date(instant).getTime(), zone).slice(0, 19).replace('T', ' ');
}

/** The time of day alone: `09:41:07`. */
export function timeWords(instant: string | number, style: Pick<Style, 'zone'>): string {
  return instantWords(instant, style).slice(11);
}
