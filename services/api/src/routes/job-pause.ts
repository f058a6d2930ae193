import { plainText } from '@flotilla/domain';
import { type JobEdit, type PauseEdit, PauseIsOver, type SwitchResult } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { bodyCodes, Problem, problemReplies } from '../problem.ts';
import { instantSchema } from '../representations/instant.ts';
import { entityTag, jobReplySchema, toJob } from '../representations/job.ts';
import { jobParams, noBody, noQuery } from './parameters.ts';
import { expectation, preconditionHeaders, revisionConflict } from './precondition.ts';
import { type NearestSlug, unknownJob } from './unknown-job.ts';

/** The pauses of jobs, as these routes ask for them. */
export interface JobPauses {
  pause(slug: string, edit: PauseEdit): Promise<SwitchResult>;
  resume(slug: string, edit: Omit<JobEdit, 'document'>): Promise<SwitchResult>;
  nearestSlug: NearestSlug;
}

const pauseBody = z
  .strictObject({
    reason: plainText(500).nullish().meta({ description: 'why; shown wherever the job is' }),
    until: instantSchema
      .transform((text) => Date.parse(text))
      .nullish()
      .meta({ description: 'when it ends by itself; left out: once somebody resumes the job' }),
  })
  .nullish();

const common = {
  tags: ['jobs'],
  params: jobParams,
  querystring: noQuery,
  headers: preconditionHeaders,
  response: {
    200: jobReplySchema.describe('the job as it is now'),
    ...problemReplies('invalid_request', 'job_not_found', 'revision_conflict', ...bodyCodes),
  },
};

/** `onWorkDue` is told that something may have to be planned now. */
export function jobPauseRoutes(app: App, jobs: JobPauses, onWorkDue: () => void): void {
  const answer = async (id: string, result: SwitchResult) => {
    if (result.kind === 'not_found') throw await unknownJob(id, jobs.nearestSlug);
    if (result.kind === 'conflict') throw revisionConflict(id, result);
    return result.job;
  };

  const pauseSchema = {
    ...common,
    operationId: 'pauseJob',
    summary:
      'Pauses the job: ticks from now on are skipped, as `paused`; of a paused job it changes reason and end',
    body: pauseBody,
  };
  app.post('/jobs/:id/pause', { schema: pauseSchema }, async ({ params, headers, body, actor }, reply) => {
    const { reason = null, until = null } = body ?? {};
    const edit = { actor, reason, until, ...expectation(headers) };
    const job = await answer(params.id, await jobs.pause(params.id, edit).catch(refusePast(until)));
    return reply.header('etag', entityTag(job)).send(toJob(job));
  });

  const resumeSchema = {
    ...common,
    operationId: 'resumeJob',
    summary: 'Resumes the job: its ticks go on from now; a job that is not paused stays as it is',
    body: noBody,
  };
  app.post('/jobs/:id/resume', { schema: resumeSchema }, async ({ params, headers, actor }, reply) => {
    const result = await jobs.resume(params.id, { actor, ...expectation(headers) });
    const job = await answer(params.id, result);
    if (result.kind === 'changed') onWorkDue();
    return reply.header('etag', entityTag(job)).send(toJob(job));
  });
}

function refusePast(until: number | null) {
  return (error: unknown): never => {
    if (!(error instanceof PauseIsOver) || until === null) throw error;
    const value = new Date(until).toISOString();
    const message = `${value} has passed: it is ${new Date(error.now).toISOString()} now`;
    throw new Problem('invalid_request', `in the body: until: ${message}`, {
      errors: [{ path: 'until', value, message }],
    });
  };
}
