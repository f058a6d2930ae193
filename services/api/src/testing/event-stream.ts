import { randomUUID } from 'node:crypto';
import type { Event } from '@flotilla/domain';

const jobId = randomUUID();

/** A fact of a job that exists nowhere else. */
export function changeOf(version: number, job = 'a'): Extract<Event, { entity: 'job' }> {
  const data = { job, jobId, version, revision: 1, oldRevision: null, enabled: true, actor: 'me' };
  const at = '2027-01-01T00:00:00.000Z';
  return { id: `${jobId}.${version}`, type: 'job.changed', entity: 'job', at, data };
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
