import type { JobDocument } from '@flotilla/domain';
import type { DeleteResult, JobEdit, JobFilter, JobView, Page, PutResult } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { Problem, problemReplies } from '../problem.ts';
import {
  entityTag,
  jobBodySchema,
  jobReplySchema,
  putJobReplySchema,
  toJob,
} from '../representations/job.ts';
import { pageOf, pageQuery, toPage } from '../representations/page.ts';
import { documentAt, invalidDocument } from './document-at.ts';
import { askableText, flag, jobParams, noBody, noQuery } from './parameters.ts';
import { expectedRevision, preconditionHeaders } from './precondition.ts';
import { type NearestSlug, unknownJob } from './unknown-job.ts';

/** The jobs of the ledger, as these routes ask for them. */
export interface Jobs {
  put(edit: JobEdit): Promise<PutResult>;
  get(slug: string): Promise<JobView | null>;
  list(filter: JobFilter): Promise<Page<JobView>>;
  delete(slug: string, options: { actor: string; detach: boolean }): Promise<DeleteResult>;
  nearestSlug: NearestSlug;
}

const tags = ['jobs'];

const listQuery = z.strictObject({
  ...pageQuery,
  tag: askableText.exactOptional(),
  enabled: flag.exactOptional(),
});

const deleteQuery = z.strictObject({
  detach: flag.default(false).meta({ description: 'children stay, without their trigger' }),
});

/** `onWorkDue` is told that something may have to be planned now. */
export function jobRoutes(app: App, jobs: Jobs, onWorkDue: () => void): void {
  const listSchema = {
    operationId: 'listJobs',
    summary: 'The jobs, by id',
    tags,
    querystring: listQuery,
    response: {
      200: pageOf(jobReplySchema).describe('a page of jobs'),
      ...problemReplies('invalid_request'),
    },
  };
  app.get('/jobs', { schema: listSchema }, async ({ query }) => toPage(await jobs.list(query), toJob));

  const getSchema = {
    operationId: 'getJob',
    summary: 'One job; its ETag is its revision',
    tags,
    params: jobParams,
    querystring: noQuery,
    response: {
      200: jobReplySchema.describe('the job'),
      ...problemReplies('invalid_request', 'job_not_found'),
    },
  };
  app.get('/jobs/:id', { schema: getSchema }, async ({ params }, reply) => {
    const job = await jobs.get(params.id);
    if (job === null) throw await unknownJob(params.id, jobs.nearestSlug);
    return reply.header('etag', entityTag(job)).send(toJob(job));
  });

  const putSchema = {
    operationId: 'putJob',
    summary: 'Creates the job, or makes the document its next revision; the same document changes nothing',
    tags,
    params: jobParams,
    querystring: noQuery,
    headers: preconditionHeaders,
    body: jobBodySchema,
    response: {
      200: putJobReplySchema.describe('changed, or as it was'),
      201: putJobReplySchema.describe('created'),
      ...problemReplies(
        'invalid_request',
        'invalid_json',
        'invalid_document',
        'revision_conflict',
        'body_too_large',
        'unsupported_media_type',
      ),
    },
  };
  app.put('/jobs/:id', { schema: putSchema }, async ({ params, headers, body, actor }, reply) => {
    const document: JobDocument = documentAt(params.id, body);
    const expected = expectedRevision(headers);
    const result = await jobs.put({
      document,
      actor,
      ...(expected === undefined ? {} : { expectedRevision: expected }),
    });
    if (result.kind === 'invalid') throw invalidDocument(result.errors);
    if (result.kind === 'conflict') throw conflict(params.id, result.revision);
    if (result.kind !== 'unchanged') onWorkDue();
    const { job, kind: change, oldRevision } = result;
    return reply
      .code(change === 'created' ? 201 : 200)
      .header('etag', entityTag(job))
      .send({ ...toJob(job), change, oldRevision });
  });

  const deleteSchema = {
    operationId: 'deleteJob',
    summary: 'Deletes the job: what waits is cancelled, what runs goes on, history stays',
    tags,
    params: jobParams,
    querystring: deleteQuery,
    body: noBody,
    response: {
      204: z.undefined().meta({ description: 'deleted' }),
      ...problemReplies('invalid_request', 'job_not_found', 'job_has_children'),
    },
  };
  app.delete('/jobs/:id', { schema: deleteSchema }, async ({ params, query, actor }, reply) => {
    const result = await jobs.delete(params.id, { actor, detach: query.detach });
    if (result.kind === 'not_found') throw await unknownJob(params.id, jobs.nearestSlug);
    if (result.kind === 'has_children') throw hasChildren(params.id, result.children);
    return reply.code(204).send();
  });
}

function conflict(id: string, revision: number | null): Problem {
  const now = revision === null ? `there is no job "${id}"` : `job "${id}" is at revision ${revision}`;
  return new Problem('revision_conflict', `${now}: read it again, and send what it then is`, { revision });
}

function hasChildren(id: string, children: readonly string[]): Problem {
  const detail = `${children.join(', ')} run after "${id}": delete them first, or send ?detach=true to keep them without their trigger`;
  return new Problem('job_has_children', detail, { children });
}
