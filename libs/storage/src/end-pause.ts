import type { Pause } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { tellJob } from './job-event.ts';
import { instant } from './new-run.ts';
import { clearPause, closePauseRange, skipPausedRuns } from './sql/pause.ts';

/** Runs that one transaction skips: a pause may end over more than a transaction may take. */
export const pauseSkips = 500;

/** What waited to begin within a pause is skipped. The job's schedule is locked. False where something may be left. */
export async function skipPaused(session: Session, jobId: string, { at, until }: Pause): Promise<boolean> {
  const skipped = await session.ask(skipPausedRuns, [jobId, instant(at), instant(until), pauseSkips]);
  return skipped.length < pauseSkips;
}

/**
 * Ends a job's pause whose ticks are counted: its range row is closed, and what waited to begin within it is skipped.
 * The job's schedule is locked. False where there is more of that than one transaction takes: the pause goes on until
 * somebody asks again.
 */
export async function endPause(
  session: Session,
  { jobId, pause, actor }: { jobId: string; pause: Pause | null; actor: string },
): Promise<boolean> {
  if (pause === null) return true;
  if (!(await skipPaused(session, jobId, pause))) return false;
  await session.ask(closePauseRange, [jobId]);
  await session.ask(clearPause, [jobId]);
  await tellJob(session, jobId, 'job.resumed', { actor, oldRevision: null });
  return true;
}
