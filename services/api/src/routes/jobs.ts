import type { JobFilter, JobView, Page } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { problemReplies } from '../problem.ts';
import { entityTag, jobReplySchema, toJob } from '../representations/job.ts';
import { pageOf, pageQuery, toPage } from '../representations/page.ts';
import { askableText, flag, jobParams, noQuery } from './parameters.ts';
import { type NearestSlug, unknownJob } from './unknown-job.ts';

/** Reading jobs, as these routes ask for it. */
export interface Jobs {
  get(slug: string): Promise<JobView | null>;
  list(filter: JobFilter): Promise<Page<JobView>>;
  nearestSlug: NearestSlug;
}

const tags = ['jobs'];

const listQuery = z.strictObject({
  ...pageQuery,
  tag: askableText.exactOptional(),
  enabled: flag.exactOptional(),
});

export function jobRoutes(app: App, jobs: Jobs): void {
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
}
