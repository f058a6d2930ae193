import type { RetryResult } from '@flotilla/storage';
import type { App } from '../app.ts';
import { bodyCodes, Problem, problemReplies } from '../problem.ts';
import { runReplySchema, toRun } from '../representations/run.ts';
import { keyHeader, noBody, noQuery, runParams } from './parameters.ts';
import { isRunId, unknownRun } from './unknown-run.ts';

/** Retrying a run, as this route asks for it. */
export interface Retries {
  retry(id: string, options: { key: string | null; actor: string }): Promise<RetryResult>;
}

/** `onWorkDue` is told that a run is due. */
export function runRetryRoute(app: App, retries: Retries, onWorkDue: () => void): void {
  const schema = {
    operationId: 'retryRun',
    summary: 'Runs a settled run again as a new one; a run that waits for its next try is due now',
    tags: ['runs'],
    params: runParams,
    querystring: noQuery,
    headers: keyHeader,
    body: noBody,
    response: {
      200: runReplySchema.describe('the run itself, due now; of a repeated key what it gave first'),
      201: runReplySchema.describe('the new run, of the job as it is now'),
      ...problemReplies('invalid_request', 'run_not_found', 'run_not_retryable', 'job_deleted', ...bodyCodes),
    },
  };
  app.post('/runs/:id/retry', { schema }, async ({ params: { id }, headers, actor }, reply) => {
    const key = headers['idempotency-key'] ?? null;
    const result = isRunId(id) ? await retries.retry(id, { key, actor }) : { kind: 'not_found' as const };
    switch (result.kind) {
      case 'not_found':
        throw unknownRun(id);
      case 'job_deleted':
        throw new Problem(
          'job_deleted',
          `the job of run "${id}" was deleted: nothing of it can run any more`,
        );
      case 'not_retryable':
        throw new Problem(
          'run_not_retryable',
          `run "${id}" is ${result.run.state.replaceAll('_', ' ')}: only what has ended, or waits for its next try, can be retried`,
        );
      case 'repeated':
        return reply.code(200).send(toRun(result.run));
      case 'created':
      case 'due_now':
        onWorkDue();
        return reply.code(result.kind === 'created' ? 201 : 200).send(toRun(result.run));
    }
  });
}
