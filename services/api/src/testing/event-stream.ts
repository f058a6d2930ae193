import { randomUUID } from 'node:crypto';
import type { Event, RunEventType } from '@flotilla/domain';

const jobId = randomUUID();

/** A fact of a job that exists nowhere else. */
export function changeOf(version: number, job = 'a'): Extract<Event, { entity: 'job' }> {
  const data = { job, jobId, version, revision: 1, oldRevision: null, enabled: true, actor: 'me' };
  const at = '2027-01-01T00:00:00.000Z';
  return { id: `${jobId}.${version}`, type: 'job.changed', entity: 'job', at, data };
}

/** A fact of a run; of one that exists nowhere else where nothing is said. */
export function factOf(
  type: RunEventType,
  { run = randomUUID(), job = 'a' }: { run?: string; job?: string },
): Extract<Event, { entity: 'run' }> {
  const at = '2027-01-01T00:00:00.000Z';
  const data = {
    run,
    job,
    jobId,
    cause: 'manual',
    key: 'k',
    tickAt: null,
    tickUntil: null,
    tickCount: 1,
    dueAt: at,
    startedAt: null,
    settledAt: null,
    state: 'queued',
    reason: null,
    attempt: 1,
    failures: 0,
    losses: 0,
    revision: 1,
    version: 1,
    worker: null,
    parent: null,
  } as const;
  return { id: `${run}.1`, type, entity: 'run', at, data };
}

/** Reads until the text so far has what is looked for, or has ended. */
export async function readUntil(response: Response, wanted: string): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader !== undefined && !text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader?.releaseLock();
  return text;
}

/** The ids of the events themselves, in the order in which they came. */
export function idsIn(text: string): string[] {
  return [...text.matchAll(/^data: \{"id":"([^"]+)"/gm)].map(([, id = '']) => id);
}
