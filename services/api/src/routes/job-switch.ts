import type { JobEdit, SwitchResult } from '@flotilla/storage';
import type { App } from '../app.ts';
import { bodyCodes, problemReplies } from '../problem.ts';
import { entityTag, jobReplySchema, toJob } from '../representations/job.ts';
import { jobParams, noBody, noQuery } from './parameters.ts';
import { expectation, preconditionHeaders, revisionConflict } from './precondition.ts';
import { type NearestSlug, unknownJob } from './unknown-job.ts';

/** The switch of each job, as these routes ask for it. */
export interface JobSwitch {
  setEnabled(slug: string, options: Omit<JobEdit, 'document'> & { enabled: boolean }): Promise<SwitchResult>;
  nearestSlug: NearestSlug;
}

const verbs = [
  { verb: 'enable', enabled: true, summary: 'Enables the job: its ticks go on from now' },
  {
    verb: 'disable',
    enabled: false,
    summary: 'Disables the job: what is planned is withdrawn, no tick comes',
  },
] as const;

/** `onWorkDue` is told that something may have to be planned now. */
export function jobSwitchRoutes(app: App, jobs: JobSwitch, onWorkDue: () => void): void {
  for (const { verb, enabled, summary } of verbs) {
    const schema = {
      operationId: `${verb}Job`,
      summary,
      tags: ['jobs'],
      params: jobParams,
      querystring: noQuery,
      headers: preconditionHeaders,
      body: noBody,
      response: {
        200: jobReplySchema.describe('the job as it is now'),
        ...problemReplies('invalid_request', 'job_not_found', 'revision_conflict', ...bodyCodes),
      },
    };
    app.post(`/jobs/:id/${verb}`, { schema }, async ({ params, headers, actor }, reply) => {
      const result = await jobs.setEnabled(params.id, { enabled, actor, ...expectation(headers) });
      if (result.kind === 'not_found') throw await unknownJob(params.id, jobs.nearestSlug);
      if (result.kind === 'conflict') throw revisionConflict(params.id, result);
      if (result.kind === 'changed' && enabled) onWorkDue();
      return reply.header('etag', entityTag(result.job)).send(toJob(result.job));
    });
  }
}
