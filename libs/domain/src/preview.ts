import { dueTimes } from './due-times.ts';
import { formatInstant } from './instant.ts';
import type { Schedule } from './schedule.ts';
import type { Tick } from './tick.ts';

export interface PreviewedTick extends Tick {
  /** What clocks in the schedule's zone show then: `2027-03-14T03:00:00-04:00`. */
  readonly local: string;
}

/** The next ticks strictly after an instant, at most `count`. */
export function previewTicks(schedule: Schedule, after: number, count: number): PreviewedTick[] {
  const ticks: PreviewedTick[] = [];
  if (count <= 0) return ticks;
  for (const { tickAt, note } of dueTimes(schedule, after)) {
    ticks.push({ tickAt, local: formatInstant(tickAt, schedule.zone), note });
    if (ticks.length >= count) break;
  }
  return ticks;
}
