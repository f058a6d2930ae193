import type { Session, Store } from './connect.ts';
import { planAnew } from './edit-job.ts';
import { endPause, skipPaused } from './end-pause.ts';
import { tellJob } from './job-event.ts';
import { type JobRow, pauseOf, readJobView } from './job-view.ts';
import { catchUpPlanning, conflictWith, type JobEdit, lockJob, type SwitchResult } from './jobs.ts';
import { instant } from './new-run.ts';
import { setPause } from './sql/pause.ts';

export interface PauseEdit extends Omit<JobEdit, 'document'> {
  readonly reason: string | null;
  /** Epoch milliseconds; null: until somebody resumes the job. */
  readonly until: number | null;
}

/** The pause would have ended already: the database's clock shows `now`. */
export class PauseIsOver extends Error {
  override readonly name = 'PauseIsOver';
  readonly now: number;

  constructor(now: number) {
    super(`a pause ends after ${new Date(now).toISOString()}, which is now`);
    this.now = now;
  }
}

/**
 * AD-5: ticks from now on are `skipped/paused`, up to `until`; what is planned for them is withdrawn. Of a job that is
 * paused already, it changes what is said of the pause, which goes on. Throws
 * {@link PauseIsOver}.
 */
export async function pauseJob(store: Store, slug: string, edit: PauseEdit): Promise<SwitchResult> {
  return changePause(store, slug, edit, async (session, row) => {
    const { actor, reason, until } = edit;
    if (until !== null && until <= row.now) throw new PauseIsOver(row.now);
    const before = pauseOf(row);
    if (before !== null && before.until === until && before.reason === reason) return 'unchanged';
    await planAnew(session, row);
    await session.ask(setPause, [row.jobId, instant(nextMoment(row)), instant(until), actor, reason]);
    await tellJob(session, row.jobId, 'job.paused', {
      actor,
      oldRevision: null,
      reason,
      until: instant(until),
    });
    return 'changed';
  });
}

/** Ticks from now on are planned again; a job that is not paused stays as it is. */
export async function resumeJob(
  store: Store,
  slug: string,
  edit: Omit<JobEdit, 'document'>,
): Promise<SwitchResult> {
  await skipAhead(store, slug);
  return changePause(store, slug, edit, async (session, row) => {
    const pause = pauseOf(row);
    if (pause === null) return 'unchanged';
    const ended = { jobId: row.jobId, pause: { ...pause, until: nextMoment(row) }, actor: edit.actor };
    while (!(await endPause(session, ended))); // what has come since
    await planAnew(session, row);
    return 'changed';
  });
}

/** What waits within the pause is skipped whoever ends it and when: in transactions of its own, since it may be much. */
async function skipAhead(store: Store, slug: string): Promise<void> {
  for (let isDone = false; !isDone; ) {
    isDone = await store.transaction(async (session) => {
      const row = await lockJob(session, slug);
      const pause = row === null ? null : pauseOf(row);
      return (
        row === null || pause === null || skipPaused(session, row.jobId, { ...pause, until: nextMoment(row) })
      );
    });
  }
}

/** An edit has planned every tick up to now: what it says holds from the next millisecond on. */
function nextMoment({ now }: JobRow): number {
  return now + 1;
}

type Change = (session: Session, row: JobRow) => Promise<'changed' | 'unchanged'>;

async function changePause(
  store: Store,
  slug: string,
  edit: Pick<JobEdit, 'expectedRevision'>,
  change: Change,
): Promise<SwitchResult> {
  await catchUpPlanning(store, slug);
  return store.transaction(async (session) => {
    const row = await lockJob(session, slug);
    if (row === null) return { kind: 'not_found' };
    const conflict = conflictWith(row, edit);
    if (conflict !== null) return conflict;
    const kind = await change(session, row);
    return { kind, job: await readJobView(session, row.jobId) };
  });
}
