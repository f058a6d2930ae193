import type { ServerResponse } from 'node:http';
import { isSettled, parseDuration } from '@flotilla/domain';
import type { CancelResult, RunView } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { awaitSettlement } from '../await-settlement.ts';
import { bodyCodes, problemReplies } from '../problem.ts';
import { runReplySchema, toRun } from '../representations/run.ts';
import { noBody, runParams } from './parameters.ts';
import { isRunId, unknownRun } from './unknown-run.ts';

/** Cancelling a run, as this route asks for it. */
export interface Cancels {
  request(id: string, actor: string): Promise<CancelResult>;
  get(id: string): Promise<RunView | null>;
  /** Tells the worker at once; it hears of the cancel with its next beat anyway. */
  tellWorker(runId: string): void;
}

const maxWaitMs = 300_000;

const query = z.strictObject({
  wait: z
    .string()
    .default('0s')
    .refine((text) => (parseDuration(text) ?? Number.POSITIVE_INFINITY) <= maxWaitMs, {
      message: 'a duration of at most 5m is taken, such as 30s',
    })
    .transform((text) => parseDuration(text) ?? 0)
    .meta({ description: 'answers with 200 once the run is settled, with 202 if it is not by then' }),
});

/** Waits end when `stopping` is aborted. */
export function runCancelRoute(app: App, cancels: Cancels, stopping: AbortSignal): void {
  const schema = {
    operationId: 'cancelRun',
    summary: 'Asks for the end of the run; it is cancelled when its process group is gone',
    tags: ['runs'],
    params: runParams,
    querystring: query,
    body: noBody,
    response: {
      200: runReplySchema.describe('settled'),
      202: runReplySchema.describe('asked for; the state says how far it is'),
      ...problemReplies('invalid_request', 'run_not_found', ...bodyCodes),
    },
  };
  app.post('/runs/:id/cancel', { schema }, async ({ params, query: { wait: waitMs }, actor }, reply) => {
    const known = isRunId(params.id);
    const result = known ? await cancels.request(params.id, actor) : { kind: 'not_found' as const };
    if (result.kind === 'not_found') throw unknownRun(params.id);
    if (result.kind === 'requested') cancels.tellWorker(params.id);
    if (waitMs === 0) return reply.code(202).send(toRun(result.run));
    const gone = AbortSignal.any([stopping, closedOf(reply.raw)]);
    const run = await awaitSettlement(cancels, result.run, { waitMs, signal: gone });
    return reply.code(isSettled(run.state) ? 200 : 202).send(toRun(run));
  });
}

/** Aborted when the client hangs up. */
function closedOf(response: ServerResponse): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  return closed.signal;
}
