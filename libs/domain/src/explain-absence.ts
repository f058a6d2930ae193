import { nextTick } from './due-times.ts';
import { formatDuration } from './duration.ts';
import { type JobDocument, resolveJob } from './job.ts';
import { horizonMs } from './plan-ticks.ts';

/** What is known of a moment of which a job has no ledger row. Instants are epoch milliseconds. */
export interface AbsenceFacts {
  readonly at: number;
  readonly now: number;
  readonly createdAt: number;
  /** When the job was deleted; null: it is there. */
  readonly deletedAt: number | null;
  /** The document that was in force at the moment; null: the job was not there yet. */
  readonly document: JobDocument | null;
  /** The first tick that is not planned yet; null: none is to be. */
  readonly cursorAt: number | null;
  /** Why the schedule cannot be computed; null where it can. */
  readonly blockedWhy: string | null;
  /** The oldest row that the job has; null: it has none. */
  readonly oldestAt: number | null;
}

/** Whether the moment is one of the schedule's ticks. */
export function isTick(document: JobDocument | null, at: number): boolean {
  const schedule = document === null ? null : resolveJob(document).schedule;
  return schedule !== null && nextTick(schedule, at - 1)?.tickAt === at;
}

/** Why a job has no row of its own for a moment, in one sentence. */
export function explainAbsence(facts: AbsenceFacts): string {
  const { at, now, document, blockedWhy, cursorAt, deletedAt } = facts;
  if (document === null) return 'the job was not there yet';
  if (deletedAt !== null && deletedAt <= at) return 'the job had been deleted';
  if (document.schedule === undefined)
    return 'the job has no schedule: it is started by hand or by its parents';
  if (!document.enabled) return 'the job was disabled: it had no ticks';
  if (blockedWhy !== null) return `the schedule cannot be computed: ${blockedWhy}`;
  if (!isTick(document, at)) return 'the schedule has no tick then';
  if (at > now + horizonMs) return `it is to come, and planned ${formatDuration(horizonMs)} before it is due`;
  if (cursorAt !== null && cursorAt <= at) {
    return at > now
      ? 'it is to come, and about to be planned'
      : 'no scheduler has planned it yet: it will have its row as soon as one is there';
  }
  if (facts.oldestAt !== null && at < facts.oldestAt) return 'it is older than what the ledger keeps';
  return 'it was withdrawn by an edit before it came';
}
