import type { JobBody } from '../client/bodies.ts';
import { instantWords } from './instant-words.ts';
import { pauseWords } from './pause-words.ts';
import { plain } from './printable.ts';
import { parentsWords } from './schedule-words.ts';
import { distanceWords } from './span-words.ts';
import type { Style } from './style.ts';

type Place = Pick<Style, 'now' | 'zone'>;

/** When a job runs next, or why it does not. */
export function nextTickWords(
  { nextTickAt, blockedWhy, enabled, paused, schedule, after }: JobBody,
  place: Place,
): string {
  if (!enabled) return 'disabled';
  if (blockedWhy !== null) return `its schedule cannot be computed: ${plain(blockedWhy)}`;
  if (nextTickAt !== null) return `next ${tickWords(nextTickAt, place)}`;
  if (paused !== null) return `paused ${pauseWords(paused, place)}`;
  if (schedule !== undefined) return 'no tick is to come';
  return after === undefined ? 'runs by hand' : `runs after ${parentsWords(after)}`;
}

/** `2026-11-21 09:43:00 (in 60 s)`. */
export function tickWords(instant: string, place: Place): string {
  return `${instantWords(instant, place)} (${distanceWords(Date.parse(instant), place.now)})`;
}
