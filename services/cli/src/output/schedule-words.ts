import type { JobDocument } from '@flotilla/domain';

/** When a job runs, on one line: `0 2 * * 1-5 Europe/Berlin`, `every 5m`, `after backup (failure)`. */
export function scheduleWords({ schedule, after }: Pick<JobDocument, 'schedule' | 'after'>): string {
  const parts = [
    schedule === undefined ? null : tickWords(schedule),
    after === undefined ? null : `after ${after.job} (${after.on})`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'by hand' : parts.join(', ');
}

function tickWords({ cron, every, at, zone }: NonNullable<JobDocument['schedule']>): string {
  if (every !== undefined) return `every ${every}`;
  if (at !== undefined) return at.endsWith('Z') ? `at ${at}` : `at ${at} ${zone}`;
  return `${cron} ${zone}`;
}
