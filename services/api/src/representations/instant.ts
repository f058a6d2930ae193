import { z } from 'zod';

/** An instant in JSON: ISO 8601 in UTC with milliseconds. */
export const instantSchema = z.iso.datetime({ offset: true });

export function toInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function toInstantOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : toInstant(epochMs);
}
