import type { JobEventType } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { tellJobEvent } from './sql/jobs.ts';

export interface JobFact {
  readonly actor: string;
  readonly oldRevision: number | null;
  readonly message?: string;
  /** Of a pause: why, and until when, an ISO text. */
  readonly reason?: string | null;
  readonly until?: string | null;
}

/** Raises the job's version and writes the event that it names, in the caller's transaction. */
export async function tellJob(
  session: Session,
  jobId: string,
  type: JobEventType,
  fact: JobFact,
): Promise<void> {
  await session.ask(tellJobEvent, [jobId, type, JSON.stringify(fact)]);
}
