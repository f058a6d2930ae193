import type { JobBody } from '../client/bodies.ts';
import { instantWords } from './instant-words.ts';
import { plain } from './printable.ts';
import type { Style } from './style.ts';

/** `since 2026-11-21 09:00:00 until 2026-11-21 11:00:00 by ops: the disk is full`. */
export function pauseWords(
  { at, until, by, reason }: NonNullable<JobBody['paused']>,
  place: Pick<Style, 'zone'>,
): string {
  const end = until === null ? '' : ` until ${instantWords(until, place)}`;
  const why = reason === null || reason === '' ? '' : `: ${plain(reason)}`;
  return `since ${instantWords(at, place)}${end} by ${plain(by)}${why}`;
}
