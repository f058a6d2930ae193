import type { Conflict, JobEdit } from '@flotilla/storage';
import { z } from 'zod';
import { Problem } from '../problem.ts';

/** The headers with which an edit says which revision it expects. */
export const preconditionHeaders = z.looseObject({
  'if-match': z.string().optional().meta({ description: '`"3"`: only if the job is at revision 3' }),
  'if-none-match': z.string().optional().meta({ description: '`*`: only if there is no such job' }),
});

// A proxy that compresses weakens entity tags; the revision in them stays exact.
const revisionTag = /^(?:W\/)?"(\d{1,9})"$/;

/** What an edit expects, as the ledger takes it; nothing where it takes any revision. */
export function expectation(
  headers: z.output<typeof preconditionHeaders>,
): Pick<JobEdit, 'expectedRevision'> {
  const expected = expectedRevision(headers);
  return expected === undefined ? {} : { expectedRevision: expected };
}

export function revisionConflict(id: string, { revision }: Conflict): Problem {
  const now = revision === null ? `there is no job "${id}"` : `job "${id}" is at revision ${revision}`;
  return new Problem('revision_conflict', `${now}: read it again, and send what it then is`, { revision });
}

function expectedRevision(headers: z.output<typeof preconditionHeaders>): number | 'absent' | undefined {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  if (match !== undefined && noneMatch !== undefined) {
    throw refused('if-none-match', noneMatch, 'send either If-Match or If-None-Match');
  }
  if (noneMatch !== undefined) {
    if (noneMatch !== '*') throw refused('if-none-match', noneMatch, 'only * is taken, for "create only"');
    return 'absent';
  }
  if (match === undefined) return undefined;
  const revision = revisionTag.exec(match)?.[1];
  if (revision === undefined) {
    throw refused('if-match', match, 'one revision in quotes is taken, such as "3"');
  }
  return Number(revision);
}

function refused(path: string, value: string, message: string): Problem {
  return new Problem('invalid_request', `in the headers: ${path}: ${message}`, {
    errors: [{ path, value, message }],
  });
}
