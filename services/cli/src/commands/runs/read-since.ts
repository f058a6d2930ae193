import { parseDuration, parseInstant } from '@flotilla/domain';
import { CommandError } from '../../command-error.ts';
import type { Style } from '../../output/style.ts';

/** An instant from `2h` (that long ago) or from ISO text, which without an offset is read as it would be shown. */
export function readSince(
  text: string | undefined,
  { now, zone }: Pick<Style, 'now' | 'zone'>,
): string | undefined {
  if (text === undefined) return undefined;
  const agoMs = parseDuration(text);
  const since = agoMs === undefined ? parseInstant(text, zone) : now - agoMs;
  if (since === undefined) {
    throw new CommandError(
      'usage',
      `--since: "${text}" is neither a duration such as 2h nor a time such as 2026-11-21T09:00`,
    );
  }
  return new Date(since).toISOString();
}
