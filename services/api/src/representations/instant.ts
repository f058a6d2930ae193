import { z } from 'zod';

/** An instant in JSON: ISO 8601 in UTC with milliseconds. */
export const instantSchema = z.iso.datetime({
  offset: true,
  error: 'an instant is needed, such as 2027-03-14T09:00:00Z',
});

export function toInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function toInstantOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : toInstant(epochMs);
}
