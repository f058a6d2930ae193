import { type JobDocument, maxDocumentBytes, parseJob } from '@flotilla/domain';
import { fieldErrorLine } from '../client/problem.ts';
import type { FoundJob } from './parse-job-text.ts';

/** A job that is valid by itself, and where it comes from. */
export interface FileJob {
  readonly file: string;
  readonly document: JobDocument;
}

export interface CheckedJobs {
  readonly jobs: readonly FileJob[];
  /** One line for each fault: file, job, path, what is wrong. */
  readonly faults: readonly string[];
}

/** Checks all jobs of all files, so that one call shows every fault. */
export function checkJobs(found: readonly FoundJob[]): CheckedJobs {
  const jobs: FileJob[] = [];
  const faults: string[] = [];
  const firstFile = new Map<string, string>();
  for (const { file, position, document } of found) {
    const place = `${file}: job ${nameOf(document) ?? position}`;
    const bytes = Buffer.byteLength(JSON.stringify(document) ?? '');
    if (bytes > maxDocumentBytes) {
      faults.push(`${place}: ${bytes} bytes of JSON, and at most ${maxDocumentBytes} are allowed`);
      continue;
    }
    const parsed = parseJob(document);
    if (!parsed.ok) {
      faults.push(...parsed.errors.map((error) => `${place}: ${fieldErrorLine(error)}`));
      continue;
    }
    const { id } = parsed.document;
    const first = firstFile.get(id);
    if (first !== undefined)
      faults.push(`${place}: its id is used twice${first === file ? '' : `, in ${first} too`}`);
    else firstFile.set(id, file);
    jobs.push({ file, document: parsed.document });
  }
  return { jobs, faults };
}

function nameOf(document: unknown): string | undefined {
  if (typeof document !== 'object' || document === null || !('id' in document)) return undefined;
  return typeof document.id === 'string' ? JSON.stringify(document.id.slice(0, 64)) : undefined;
}
