import type { JobEdit, PutResult } from '@flotilla/storage';
import type { App } from '../app.ts';
import { bodyCodes, problemReplies } from '../problem.ts';
import { entityTag, jobBodySchema, putJobReplySchema, toJob } from '../representations/job.ts';
import { documentAt, invalidDocument } from './document-at.ts';
import { jobParams, noQuery } from './parameters.ts';
import { expectation, preconditionHeaders, revisionConflict } from './precondition.ts';

/** Writing jobs, as this route asks for it. */
export interface WrittenJobs {
  put(edit: JobEdit): Promise<PutResult>;
}

/** `onWorkDue` is told that something may have to be planned now. */
export function putJobRoute(app: App, jobs: WrittenJobs, onWorkDue: () => void): void {
  const schema = {
    operationId: 'putJob',
    summary: 'Creates the job, or makes the document its next revision; the same document changes nothing',
    tags: ['jobs'],
    params: jobParams,
    querystring: noQuery,
    headers: preconditionHeaders,
    body: jobBodySchema,
    response: {
      200: putJobReplySchema.describe('changed, or as it was'),
      201: putJobReplySchema.describe('created'),
      ...problemReplies('invalid_request', 'invalid_document', 'revision_conflict', ...bodyCodes),
    },
  };
  app.put('/jobs/:id', { schema }, async ({ params, headers, body, actor }, reply) => {
    const document = documentAt(params.id, body);
    const result = await jobs.put({ document, actor, ...expectation(headers) });
    if (result.kind === 'invalid') throw invalidDocument(result.errors);
    if (result.kind === 'conflict') throw revisionConflict(params.id, result);
    if (result.kind !== 'unchanged') onWorkDue();
    const { job, kind: change, oldRevision } = result;
    return reply
      .code(change === 'created' ? 201 : 200)
      .header('etag', entityTag(job))
      .send({ ...toJob(job), change, oldRevision });
  });
}
