import { type JobDocument, parseJob } from '@flotilla/domain';
import { Problem } from '../problem.ts';

/** The valid document of a body that was sent to the address of the job `id`; its own id may be missing. */
export function documentAt(id: string, body: unknown): JobDocument {
  const parsed = parseJob(isObject(body) && body['id'] === undefined ? { ...body, id } : body);
  if (!parsed.ok) throw invalidDocument(parsed.errors);
  const { document } = parsed;
  if (document.id !== id) {
    const message = `the address says "${id}": leave the id out, or send it to /api/v1/jobs/${document.id}`;
    throw invalidDocument([{ path: 'id', value: document.id, message, nearest: id }]);
  }
  return document;
}

export function invalidDocument(errors: NonNullable<Problem['members']['errors']>): Problem {
  const what = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return new Problem('invalid_document', what.join('; '), { errors });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
