import { type JobDocument, parentsOf } from '@flotilla/domain';

/**
 * When a job runs, on one line: `0 2 * * 1-5 Europe/Berlin`, `every 5m`, `after backup (failure)`,
 * `after backup and import (success)`.
 */
export function scheduleWords({ schedule, after }: Pick<JobDocument, 'schedule' | 'after'>): string {
  const parts = [
    schedule === undefined ? null : tickWords(schedule),
    after === undefined ? null : `after ${parentsWords(after)} (${after.on})`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'by hand' : parts.join(', ');
}

/** `backup`, `backup or import`, `backup, import and mail`. */
export function parentsWords(after: NonNullable<JobDocument['after']>): string {
  const parents = parentsOf(after);
  const [last = '', ...others] = parents.toReversed();
  const joined = after.join === 'all' ? 'and' : 'or';
  return others.length === 0 ? last : `${others.toReversed().join(', ')} ${joined} ${last}`;
}

function tickWords({ cron, every, at, zone }: NonNullable<JobDocument['schedule']>): string {
  if (every !== undefined) return `every ${every}`;
  if (at !== undefined) return at.endsWith('Z') ? `at ${at}` : `at ${at} ${zone}`;
  return `${cron} ${zone}`;
}
