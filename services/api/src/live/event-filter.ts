import type { Event, EventType } from '@flotilla/domain';

/** What a follower wants to hear of; null: of everything. */
export interface EventFilter {
  /** Slugs. */
  readonly jobs: ReadonlySet<string> | null;
  readonly run: string | null;
  readonly types: ReadonlySet<EventType> | null;
}

/** An alarm is of no job and of no run. */
export function isWanted({ jobs, run, types }: EventFilter, event: Event): boolean {
  if (types !== null && !types.has(event.type)) return false;
  if (run !== null && (event.entity !== 'run' || event.data.run !== run)) return false;
  return jobs === null || (event.entity !== 'alarm' && jobs.has(event.data.job));
}
