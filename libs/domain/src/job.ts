import { z } from 'zod';
import { afterSchema, parentPath, parentsOf, resolveTrigger, type Trigger } from './after.ts';
import type { CatchUp } from './catch-up.ts';
import { durationText, parseDuration } from './duration.ts';
import { type FieldError, fieldErrors } from './field-error.ts';
import { refuseNotYet } from './not-yet.ts';
import { type Overlap, overlaps } from './overlap.ts';
import { plainText } from './plain-text.ts';
import { defaultPool, poolName } from './pool.ts';
import { type RetryPolicy, resolveRetry, retrySchema } from './retry.ts';
import { resolveSchedule, type Schedule, scheduleSchema } from './schedule.ts';
import type { Guarantee } from './settle-run.ts';
import { slug } from './slug.ts';
import { refuseForeignFields, resolveTurn, type Turn, turnKindOf, turnSchema, turnSchemas } from './turn.ts';

/** The largest job document that the door takes, in bytes of JSON. */
export const maxDocumentBytes = 1024 * 1024;

/** What fields say that documents of earlier releases lack. */
const added = { backlog: 25, priority: 0 } as const;

/** The most runs of a job that wait for another one. */
export const maxBacklog = 1_000;

const label = z
  .string()
  .regex(/^[\w.:/-]{1,64}$/, 'a tag is 1 to 64 letters, digits, "_", ".", ":", "/" and "-"');

/** The job document: its one definition, for files, API and database. Unknown keys are errors. */
export const jobSchema = jobWith(turnSchema);

/** A job whose turn is of one kind: errors speak of the fields of that kind alone. */
const jobSchemas = { shell: jobWith(turnSchemas.shell), agent: jobWith(turnSchemas.agent) } as const;

function jobWith<Turn extends z.ZodType>(turn: Turn) {
  return z
    .strictObject({
      id: slug,
      name: plainText(200).min(1).optional(),
      description: plainText(4000).optional(),
      tags: z.array(label).max(32).default([]),
      enabled: z.boolean().default(true),
      guarantee: z.enum(['at-most-once', 'at-least-once']).default('at-most-once'),
      overlap: z.enum(overlaps).default('skip'),
      /** Runs that may wait under the overlap `queue`. */
      backlog: z.int().min(1).max(maxBacklog).default(added.backlog),
      pool: poolName.default(defaultPool),
      /** Higher is sooner, among the runs of a pool. */
      priority: z.int().min(-100).max(100).default(added.priority),
      /** How long a run may wait for its first start. */
      startWithin: durationText({ minMs: 1_000 }).optional(),
      schedule: scheduleSchema.optional(),
      turn,
      retry: retrySchema.prefault({}),
      after: afterSchema.optional(),
    })
    .superRefine((job, context) => {
      if (job.after !== undefined && parentsOf(job.after).includes(job.id)) {
        context.addIssue({
          code: 'custom',
          path: parentPath(job.after, job.id).split('.'),
          message: `"${job.id}" cannot wait for itself`,
        });
      }
    })
    .transform((job) => ({ ...job, name: job.name ?? job.id }));
}

/** A valid document with all its defaults; durations and instants are still the users' text. */
export type JobDocument = z.output<typeof jobSchema>;

export type ParsedJob =
  | { readonly ok: true; readonly document: JobDocument }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Checks a document from outside. All that is wrong is reported at once. */
export function parseJob(input: unknown): ParsedJob {
  const { errors: notYet, rest: built, answered } = refuseNotYet(input);
  const { errors: foreign, rest } = ofOneKind(built);
  const errors = [...notYet, ...foreign];
  const schema = jobSchemas[turnKindOf(turnIn(rest))];
  const result = schema.safeParse(rest);
  if (!result.success) {
    const others = fieldErrors(result.error, schema, rest).filter(({ path }) => !answered.has(path));
    return { ok: false, errors: [...errors, ...others] };
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, document: result.data };
}

/** The document without those fields of its turn that belong to turns of the other kind. */
function ofOneKind(document: unknown): { readonly errors: readonly FieldError[]; readonly rest: unknown } {
  const { errors, rest } = refuseForeignFields(turnIn(document));
  return { errors, rest: errors.length === 0 ? document : { ...(document as object), turn: rest } };
}

function turnIn(document: unknown): unknown {
  return typeof document === 'object' && document !== null && 'turn' in document ? document.turn : undefined;
}

/**
 * A document as the ledger has it. One that an earlier release has stored lacks fields of this one, and says their
 * defaults. What this release would refuse is left as it is: whoever uses it says so.
 */
export function completeDocument(stored: JobDocument): JobDocument {
  const parsed = parseJob(stored);
  return parsed.ok ? parsed.document : { ...added, ...stored };
}

/** A job as decisions see it: durations in milliseconds, instants in epoch milliseconds. */
export interface Job {
  readonly slug: string;
  readonly enabled: boolean;
  readonly guarantee: Guarantee;
  readonly overlap: Overlap;
  readonly backlog: number;
  readonly pool: string;
  readonly priority: number;
  /** Null: a run may wait for ever. */
  readonly startWithinMs: number | null;
  readonly schedule: Schedule | null;
  readonly turn: Turn;
  readonly retry: RetryPolicy;
  readonly trigger: Trigger | null;
}

/** What catch-up means for ticks that a job without a schedule had before: of those that wait the newest runs. */
export const noCatchUp: CatchUp = { policy: 'latest', windowMs: null, limit: 1, paceMs: 0 };

/** Null: a run may wait for ever. */
export function startWithinMs({ startWithin }: Pick<JobDocument, 'startWithin'>): number | null {
  return startWithin === undefined ? null : (parseDuration(startWithin) ?? null);
}

export function resolveJob(document: JobDocument): Job {
  return {
    slug: document.id,
    enabled: document.enabled,
    guarantee: document.guarantee,
    overlap: document.overlap,
    backlog: document.backlog,
    pool: document.pool,
    priority: document.priority,
    startWithinMs: startWithinMs(document),
    schedule: document.schedule === undefined ? null : resolveSchedule(document.schedule),
    turn: resolveTurn(document.turn),
    retry: resolveRetry(document.retry),
    trigger: document.after === undefined ? null : resolveTrigger(document.after),
  };
}
