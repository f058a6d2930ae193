import { parseDuration } from '@flotilla/domain';
import { InvalidArgumentError } from 'commander';

/** Reads an option that is a duration, into milliseconds. */
export function durationOption(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return durationMs;
  throw new InvalidArgumentError('A duration such as 30s, 15m, 2h or 1d is expected.');
}
