import { z } from 'zod';
import type { Overlap } from './admit-run.ts';
import { afterSchema, resolveTrigger, type Trigger } from './after.ts';
import type { CatchUp } from './catch-up.ts';
import { type FieldError, fieldErrors } from './field-error.ts';
import { refuseNotYet } from './not-yet.ts';
import { plainText } from './plain-text.ts';
import { type RetryPolicy, resolveRetry, retrySchema } from './retry.ts';
import { resolveSchedule, type Schedule, scheduleSchema } from './schedule.ts';
import type { Guarantee } from './settle-run.ts';
import { slug } from './slug.ts';
import { resolveShellTurn, type ShellTurn, shellTurnSchema } from './turn.ts';

/** The largest job document that the door takes, in bytes of JSON. */
export const maxDocumentBytes = 1024 * 1024;

const label = z
  .string()
  .regex(/^[\w.:/-]{1,64}$/, 'a tag is 1 to 64 letters, digits, "_", ".", ":", "/" and "-"');

/** The job document: its one definition, for files, API and database. Unknown keys are errors. */
export const jobSchema = z
  .strictObject({
    id: slug,
    name: plainText(200).min(1).optional(),
    description: plainText(4000).optional(),
    tags: z.array(label).max(32).default([]),
    enabled: z.boolean().default(true),
    guarantee: z.enum(['at-most-once', 'at-least-once']).default('at-most-once'),
    overlap: z.enum(['skip', 'allow']).default('skip'),
    pool: z.literal('default').default('default'),
    schedule: scheduleSchema.optional(),
    turn: shellTurnSchema,
    retry: retrySchema.prefault({}),
    after: afterSchema.optional(),
  })
  .superRefine((job, context) => {
    if (job.after?.job === job.id) {
      context.addIssue({
        code: 'custom',
        path: ['after', 'job'],
        message: `"${job.id}" cannot wait for itself`,
      });
    }
  })
  .transform((job) => ({ ...job, name: job.name ?? job.id }));

/** A valid document with all its defaults; durations and instants are still the users' text. */
export type JobDocument = z.output<typeof jobSchema>;

export type ParsedJob =
  | { readonly ok: true; readonly document: JobDocument }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Checks a document from outside. All that is wrong is reported at once. */
export function parseJob(input: unknown): ParsedJob {
  const { errors, rest, answered } = refuseNotYet(input);
  const result = jobSchema.safeParse(rest);
  if (!result.success) {
    const others = fieldErrors(result.error, jobSchema, rest).filter(({ path }) => !answered.has(path));
    return { ok: false, errors: [...errors, ...others] };
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, document: result.data };
}

/** A job as decisions see it: durations in milliseconds, instants in epoch milliseconds. */
export interface Job {
  readonly slug: string;
  readonly enabled: boolean;
  readonly guarantee: Guarantee;
  readonly overlap: Overlap;
  readonly schedule: Schedule | null;
  readonly turn: ShellTurn;
  readonly retry: RetryPolicy;
  readonly trigger: Trigger | null;
}

/** What catch-up means for a job without a schedule: nothing is ever late. */
export const noCatchUp: CatchUp = { policy: 'all', windowMs: null, limit: 1 };

export function resolveJob(document: JobDocument): Job {
  return {
    slug: document.id,
    enabled: document.enabled,
    guarantee: document.guarantee,
    overlap: document.overlap,
    schedule: document.schedule === undefined ? null : resolveSchedule(document.schedule),
    turn: resolveShellTurn(document.turn),
    retry: resolveRetry(document.retry),
    trigger: document.after === undefined ? null : resolveTrigger(document.after),
  };
}
