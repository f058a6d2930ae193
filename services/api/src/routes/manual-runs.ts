import type { ManualRunResult } from '@flotilla/storage';
import type { App } from '../app.ts';
import { bodyCodes, problemReplies } from '../problem.ts';
import { runReplySchema, toRun } from '../representations/run.ts';
import { jobParams, keyHeader, noBody, noQuery } from './parameters.ts';
import { type NearestSlug, unknownJob } from './unknown-job.ts';

/** Starting runs by hand, as this route asks for it. */
export interface ManualRuns {
  start(slug: string, options: { key: string | null; actor: string }): Promise<ManualRunResult>;
  nearestSlug: NearestSlug;
}

/** `onWorkDue` is told that a run is due. */
export function manualRunRoute(app: App, runs: ManualRuns, onWorkDue: () => void): void {
  const schema = {
    operationId: 'startRun',
    summary: 'Starts a run now, also of a disabled job',
    tags: ['jobs'],
    params: jobParams,
    querystring: noQuery,
    headers: keyHeader,
    body: noBody,
    response: {
      200: runReplySchema.describe('the first run of a repeated key'),
      201: runReplySchema.describe('the new run'),
      ...problemReplies('invalid_request', 'job_not_found', ...bodyCodes),
    },
  };
  app.post('/jobs/:id/runs', { schema }, async ({ params, headers, actor }, reply) => {
    const result = await runs.start(params.id, { key: headers['idempotency-key'] ?? null, actor });
    if (result.kind === 'not_found') throw await unknownJob(params.id, runs.nearestSlug);
    if (result.kind === 'created') onWorkDue();
    return reply.code(result.kind === 'created' ? 201 : 200).send(toRun(result.run));
  });
}
