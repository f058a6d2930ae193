import type { ServerSettings } from '@flotilla/storage';
import { type Finding, fine, wrong } from './finding.ts';

/** A session must be one's own: its bounds hold on it, and its loss is seen (TX-5, LV-3). */
export function checkPooler({
  isPooled,
  refusedBounds,
}: Pick<ServerSettings, 'isPooled' | 'refusedBounds'>): Finding {
  if (refusedBounds.length > 0) {
    const missing = refusedBounds.map(
      ({ name, wantedMs, actualMs }) => `${name} is ${actualMs} ms instead of ${wantedMs} ms`,
    );
    return wrong('pooler', `${missing.join(', ')}, as behind a pooler`, remedy);
  }
  return isPooled
    ? wrong('pooler', 'a pooler stands in front of Postgres', remedy)
    : fine('pooler', 'no pooler in front of Postgres');
}

/** It refused the settings with which a store connects. */
export const refusingPooler = (): Finding =>
  wrong('pooler', 'a pooler in front of Postgres refuses the settings of a session', remedy);

const remedy = 'point DATABASE_URL at Postgres itself';
