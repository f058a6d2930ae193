import { eventSchema } from '@flotilla/domain';
import type { Why } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { problemReplies } from '../problem.ts';
import { instantSchema, toInstant } from '../representations/instant.ts';
import { runDetailReplySchema, toRunDetail } from '../representations/run.ts';
import { jobParams } from './parameters.ts';
import { type NearestSlug, unknownJob } from './unknown-job.ts';

/** The moments of jobs, as this route asks for them. */
export interface Moments {
  why(slug: string, at: number): Promise<Why | null>;
  nearestSlug: NearestSlug;
}

/** Postgres and JSON have no name for what lies behind it. */
const lastMoment = Date.UTC(10_000, 0, 1);

const query = z.strictObject({
  at: instantSchema
    .transform((text) => Date.parse(text))
    .refine((at) => at >= 0 && at < lastMoment, 'a moment from 1970 to 9999')
    .optional()
    .meta({ description: 'the moment, most often a tick; now where it is left out' }),
});

const whySchema = z
  .object({
    job: z.string(),
    at: instantSchema,
    found: z.enum(['tick', 'before', 'nothing']).meta({
      description:
        '`tick`: the moment has a row of its own, or is in a range row; `before`: what is told is the last one before it',
    }),
    because: z.array(z.string()).meta({ description: 'sentences for people' }),
    revision: z
      .object({ revision: z.int(), actor: z.string(), at: instantSchema })
      .nullable()
      .meta({ description: 'what was in force at the moment' }),
    run: runDetailReplySchema.nullable(),
    events: z.array(eventSchema).meta({ description: 'what the ledger tells of the run, oldest first' }),
    workers: z.array(z.object({ id: z.uuid(), host: z.string(), pid: z.int(), state: z.string() })),
  })
  .meta({ id: 'Why' });

export function whyRoute(app: App, moments: Moments, now: () => number): void {
  const schema = {
    operationId: 'explainMoment',
    summary: 'What became of a tick: whether it was planned, when handed out and claimed, by whom, and why',
    tags: ['jobs'],
    params: jobParams,
    querystring: query,
    response: {
      200: whySchema.describe('the moment, and the run that is told of it'),
      ...problemReplies('invalid_request', 'job_not_found'),
    },
  };
  app.get('/jobs/:id/why', { schema }, async ({ params, query: { at = now() } }) => {
    const why = await moments.why(params.id, at);
    if (why === null) throw await unknownJob(params.id, moments.nearestSlug);
    const { revision, run } = why;
    return {
      job: why.job,
      at: toInstant(at),
      found: why.found,
      because: [...why.because],
      events: [...why.events],
      workers: [...why.workers],
      revision: revision === null ? null : { ...revision, at: toInstant(revision.at) },
      run: run === null ? null : toRunDetail(run),
    };
  });
}
