import { jobSchema, slug } from '@flotilla/domain';
import type { JobView, PauseView } from '@flotilla/storage';
import { z } from 'zod';
import { instantSchema, toInstant, toInstantOrNull } from './instant.ts';

const document = jobSchema.in.shape;

const documentSchema = z.toJSONSchema(z.strictObject({ ...document, id: slug.optional() }), {
  io: 'input',
  target: 'draft-2020-12',
});
delete documentSchema.$schema;

/** The body of a PUT, as OpenAPI shows it. It is `parseJob` that checks it, so that one place reports all errors. */
export const jobBodySchema = z.unknown().meta({ ...documentSchema, id: 'JobDocument' });

const pauseSchema = z
  .object({
    at: instantSchema,
    until: instantSchema.nullable().meta({ description: 'null: until somebody resumes the job' }),
    by: z.string(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Pause' });

export const jobReplySchema = z
  .object({
    ...document,
    name: z.string(),
    jobId: z.uuid().meta({ description: 'the identity; the id may be used again after a deletion' }),
    revision: z.int(),
    nextTickAt: instantSchema.nullable().meta({ description: 'null: no tick is to come' }),
    blockedWhy: z.string().nullable().meta({ description: 'why the schedule cannot be computed' }),
    paused: pauseSchema.nullable().meta({ description: 'the pause that goes on; null: there is none' }),
    createdAt: instantSchema,
    changedAt: instantSchema,
  })
  .meta({ id: 'Job' });

export const putJobReplySchema = jobReplySchema
  .extend({ change: z.enum(['created', 'changed', 'unchanged']), oldRevision: z.int().nullable() })
  .meta({ id: 'PutJob' });

/** The document with all its defaults, and what the ledger knows of the job. */
export function toJob(job: JobView): z.output<typeof jobReplySchema> {
  return {
    ...job.document,
    enabled: job.enabled,
    jobId: job.jobId,
    revision: job.revision,
    nextTickAt: toInstantOrNull(job.nextTickAt),
    blockedWhy: job.blockedWhy,
    paused: job.paused === null ? null : toPause(job.paused),
    createdAt: toInstant(job.createdAt),
    changedAt: toInstant(job.changedAt),
  };
}

function toPause({ at, until, by, reason }: PauseView): z.output<typeof pauseSchema> {
  return { at: toInstant(at), until: toInstantOrNull(until), by, reason };
}

/** The entity tag of a job is its revision. */
export function entityTag({ revision }: Pick<JobView, 'revision'>): string {
  return `"${revision}"`;
}
