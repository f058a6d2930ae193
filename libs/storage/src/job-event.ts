import type { JobEventType } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { tellJobEvent } from './sql/jobs.ts';

export interface JobFact {
  readonly actor: string;
  readonly oldRevision: number | null;
  readonly message?: string;
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
