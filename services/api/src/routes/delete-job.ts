import type { DeleteResult, JobEdit } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { bodyCodes, Problem, problemReplies } from '../problem.ts';
import { flag, jobParams, noBody } from './parameters.ts';
import { expectation, preconditionHeaders, revisionConflict } from './precondition.ts';
import { type NearestSlug, unknownJob } from './unknown-job.ts';

/** Deleting jobs, as this route asks for it. */
export interface DeletedJobs {
  delete(slug: string, options: Omit<JobEdit, 'document'> & { detach: boolean }): Promise<DeleteResult>;
  nearestSlug: NearestSlug;
}

const query = z.strictObject({
  detach: flag.default(false).meta({ description: 'children stay, without their trigger' }),
});

export function deleteJobRoute(app: App, jobs: DeletedJobs): void {
  const schema = {
    operationId: 'deleteJob',
    summary: 'Deletes the job: what waits is cancelled, what runs goes on, history stays',
    tags: ['jobs'],
    params: jobParams,
    querystring: query,
    headers: preconditionHeaders,
    body: noBody,
    response: {
      204: z.undefined().meta({ description: 'deleted' }),
      ...problemReplies(
        'invalid_request',
        'job_not_found',
        'job_has_children',
        'revision_conflict',
        ...bodyCodes,
      ),
    },
  };
  app.delete('/jobs/:id', { schema }, async ({ params, query, headers, actor }, reply) => {
    const result = await jobs.delete(params.id, { actor, detach: query.detach, ...expectation(headers) });
    if (result.kind === 'not_found') throw await unknownJob(params.id, jobs.nearestSlug);
    if (result.kind === 'conflict') throw revisionConflict(params.id, result);
    if (result.kind === 'has_children') throw hasChildren(params.id, result.children);
    return reply.code(204).send();
  });
}

function hasChildren(id: string, children: readonly string[]): Problem {
  const detail = `${children.join(', ')} ${children.length === 1 ? 'runs' : 'run'} after "${id}": delete them first, or send ?detach=true to keep them without their trigger`;
  return new Problem('job_has_children', detail, { children });
}
