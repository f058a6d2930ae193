import type { JobBody } from '../client/bodies.ts';
import { instantWords } from './instant-words.ts';
import { distanceWords } from './span-words.ts';
import type { Style } from './style.ts';

/** When a job runs next, or why it does not. */
export function nextTickWords(
  { nextTickAt, blockedWhy, enabled, schedule, after }: JobBody,
  style: Pick<Style, 'now' | 'zone'>,
): string {
  if (!enabled) return 'disabled';
  if (blockedWhy !== null) return `its schedule cannot be computed: ${blockedWhy}`;
  if (nextTickAt !== null) {
    return `next ${instantWords(nextTickAt, style)} (${distanceWords(Date.parse(nextTickAt), style.now)})`;
  }
  if (schedule !== undefined) return 'no tick is to come';
  return after === undefined ? 'runs by hand' : `runs after ${after.job}`;
}
