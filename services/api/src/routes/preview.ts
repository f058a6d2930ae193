import { previewTicks, resolveSchedule } from '@flotilla/domain';
import type { JobView } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { problemReplies } from '../problem.ts';
import { instantSchema, toInstant } from '../representations/instant.ts';
import { pageOf } from '../representations/page.ts';
import { jobParams } from './parameters.ts';
import { type NearestSlug, unknownJob } from './unknown-job.ts';

/** Reading one job, as this route asks for it. */
export interface PreviewedJobs {
  get(slug: string): Promise<JobView | null>;
  nearestSlug: NearestSlug;
}

const query = z.strictObject({
  count: z.coerce.number().int().min(1).max(1_000).default(10),
  from: instantSchema
    .transform((text) => Date.parse(text))
    .optional()
    .meta({ description: 'ticks strictly after this instant; now where it is left out' }),
});

const tickSchema = z
  .object({
    tickAt: instantSchema,
    local: z.string().meta({ description: "what clocks in the schedule's zone show" }),
    note: z.enum(['gap', 'fold']).nullable().meta({ description: 'why the day is an odd one' }),
  })
  .meta({ id: 'Tick' });

export function previewRoute(app: App, jobs: PreviewedJobs, now: () => number): void {
  const schema = {
    operationId: 'previewJob',
    summary:
      'The next ticks of the job, whether it is enabled or not; `next` is the `from` of the page behind',
    tags: ['jobs'],
    params: jobParams,
    querystring: query,
    response: {
      200: pageOf(tickSchema).describe('ticks, soonest first'),
      ...problemReplies('invalid_request', 'job_not_found'),
    },
  };
  app.get('/jobs/:id/preview', { schema }, async ({ params, query: { count, from } }) => {
    const job = await jobs.get(params.id);
    if (job === null) throw await unknownJob(params.id, jobs.nearestSlug);
    const { schedule } = job.document;
    const ticks = schedule === undefined ? [] : previewTicks(resolveSchedule(schedule), from ?? now(), count);
    const items = ticks.map(({ tickAt, local, note }) => ({ tickAt: toInstant(tickAt), local, note }));
    return { items, next: items.length < count ? null : (items.at(-1)?.tickAt ?? null) };
  });
}
