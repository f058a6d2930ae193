import type { Pause } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { tellJob } from './job-event.ts';
import { instant } from './new-run.ts';
import { clearPause, closePauseRange, skipPausedRuns } from './sql/pause.ts';

/**
 * Ends a job's pause whose ticks are counted: its range row is closed, and what waited to begin within it is skipped.
 * The job's schedule is locked. Does nothing where the job is not paused.
 */
export async function endPause(
  session: Session,
  { jobId, pause, actor }: { jobId: string; pause: Pause | null; actor: string },
): Promise<void> {
  if (pause === null) return;
  await session.ask(closePauseRange, [jobId]);
  await session.ask(skipPausedRuns, [jobId, instant(pause.at), instant(pause.until)]);
  await session.ask(clearPause, [jobId]);
  await tellJob(session, jobId, 'job.resumed', { actor, oldRevision: null });
}
