import { reasons, runStates } from '@flotilla/domain';
import type { Page, RunDetail, RunFilter, RunView } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { problemReplies } from '../problem.ts';
import { instantSchema } from '../representations/instant.ts';
import { pageOf, pageQuery, toPage } from '../representations/page.ts';
import { runDetailReplySchema, runReplySchema, toRun, toRunDetail } from '../representations/run.ts';
import { askableText, noQuery, runParams } from './parameters.ts';
import { isRunId, unknownRun } from './unknown-run.ts';

/** The runs of the ledger, as these routes ask for them. */
export interface Runs {
  list(filter: RunFilter): Promise<Page<RunView>>;
  get(id: string): Promise<RunDetail | null>;
  /** Those whose id ends so, newest first, at most ten. */
  find(idEnd: string): Promise<readonly RunView[]>;
}

const tags = ['runs'];
const everyReason = Object.values(reasons).flat();

const listQuery = z
  .strictObject({
    ...pageQuery,
    job: askableText.exactOptional(),
    state: z.enum(runStates).exactOptional(),
    reason: z.enum(everyReason).exactOptional(),
    since: instantSchema
      .transform((text) => Date.parse(text))
      .exactOptional()
      .meta({ description: 'due at or after this instant' }),
    idEnd: z
      .string()
      .regex(/^[0-9a-f-]{4,36}$/i, 'it is 4 to 36 hex digits and dashes')
      .exactOptional()
      .meta({ description: 'the end of the id; stands alone' }),
  })
  .refine(
    ({ idEnd, job, state, reason, since, cursor }) =>
      idEnd === undefined || [job, state, reason, since, cursor].every((filter) => filter === undefined),
    { path: ['idEnd'], message: 'idEnd stands alone: leave the other filters out' },
  );

export function runRoutes(app: App, runs: Runs): void {
  const listSchema = {
    operationId: 'listRuns',
    summary: 'The runs, latest due first',
    tags,
    querystring: listQuery,
    response: {
      200: pageOf(runReplySchema).describe('a page of runs'),
      ...problemReplies('invalid_request'),
    },
  };
  app.get('/runs', { schema: listSchema }, async ({ query: { idEnd, ...filter } }) => {
    if (idEnd === undefined) return toPage(await runs.list(filter), toRun);
    return toPage({ items: await runs.find(idEnd), next: null }, toRun);
  });

  const getSchema = {
    operationId: 'getRun',
    summary: 'One run with its attempts and the runs it triggered',
    tags,
    params: runParams,
    querystring: noQuery,
    response: {
      200: runDetailReplySchema.describe('the run'),
      ...problemReplies('invalid_request', 'run_not_found'),
    },
  };
  app.get('/runs/:id', { schema: getSchema }, async ({ params }) => {
    const run = isRunId(params.id) ? await runs.get(params.id) : null;
    if (run === null) throw unknownRun(params.id);
    return toRunDetail(run);
  });
}
