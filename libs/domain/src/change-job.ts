import { nextTick } from './due-times.ts';
import type { FieldError } from './field-error.ts';
import type { JobDocument } from './job.ts';
import { resolveSchedule } from './schedule.ts';

/** Two documents that say the same, whatever the order of their keys. */
export function sameDocument(left: JobDocument, right: JobDocument): boolean {
  return canonical(left) === canonical(right);
}

/** What only time makes wrong: an `at` that has passed. Asked of new and changed documents, never of unchanged ones. */
export function refusePastAt({ schedule }: JobDocument, now: number): FieldError[] {
  if (schedule?.at === undefined) return [];
  const resolved = resolveSchedule(schedule);
  if (nextTick(resolved, now) !== undefined) return [];
  const hasPassed = nextTick({ ...resolved, fromAt: null, untilAt: null }, now) === undefined;
  const why = hasPassed
    ? `has passed: it is ${new Date(now).toISOString()} now`
    : 'never comes: it does not lie between from and until';
  return [{ path: 'schedule.at', value: schedule.at, message: `${schedule.at} ${why}` }];
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
