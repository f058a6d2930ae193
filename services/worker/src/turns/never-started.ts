import { emptyExcerpt, type Outcome, type TurnReport } from '@flotilla/domain';

/** The report of a turn of which nothing was executed. */
export function neverStarted(outcome: Outcome): TurnReport {
  return { outcome, stdout: emptyExcerpt, stderr: emptyExcerpt, spawnedAt: null };
}
