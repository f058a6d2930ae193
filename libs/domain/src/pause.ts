import type { Cause } from './key.ts';

/** AD-5: the time in which a job has no runs: from `at` up to (not including) `until`, or until somebody resumes it. */
export interface Pause {
  readonly at: number;
  readonly until: number | null;
}

/** What waits for its time is paused with its job. A run by hand starts: somebody asks for it although it is paused. */
const paused: readonly Cause[] = ['schedule', 'parent', 'task'];

export function isPausable(cause: Cause): boolean {
  return paused.includes(cause);
}

/** AD-5: whether the pause holds an instant, whenever it is asked. */
export function isPausedAt(pause: Pause | null, instant: number): boolean {
  return pause !== null && instant >= pause.at && (pause.until === null || instant < pause.until);
}

/** Whether the pause has ended by itself. */
export function isPauseOver({ until }: Pause, now: number): boolean {
  return until !== null && until <= now;
}
