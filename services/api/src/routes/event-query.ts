import { type EventType, eventTypes, type FieldError, nearest } from '@flotilla/domain';
import { z } from 'zod';
import type { EventFilter } from '../live/event-filter.ts';
import { Problem } from '../problem.ts';
import { askableText } from './parameters.ts';
import type { NearestSlug } from './unknown-job.ts';
import { isRunId } from './unknown-run.ts';

/** Values of one filter. */
export const maxFilterValues = 50;

/** Whether there is what a filter names. */
export interface KnownTopics {
  isJob(slug: string): Promise<boolean>;
  readonly nearestSlug: NearestSlug;
  isRun(id: string): Promise<boolean>;
}

/** `run.*` stands for all types that begin so. */
const familyOf = (type: string) => type.replace(/\..*/, '.*');
const askableTypes: ReadonlySet<string> = new Set([...eventTypes.map(familyOf), ...eventTypes]);

/** One value or several, as one parameter with commas or as one for each. */
const valueList = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => [given].flat().flatMap((text) => text.split(',')))
  .refine((values) => values.length <= maxFilterValues, `at most ${maxFilterValues} are taken`);

const jobList = valueList.refine(
  (slugs) => slugs.every((slug) => askableText.safeParse(slug).success),
  'ids of jobs are needed, with commas between them',
);

const typeList = valueList
  .superRefine((types, check) => {
    for (const type of types.filter((each) => !askableTypes.has(each))) {
      const meant = nearest(type, askableTypes);
      const hint =
        meant === undefined
          ? 'they are such as run.failed, run.*, job.*, alarm.*'
          : `did you mean "${meant}"?`;
      const message = `there is no type "${type}": ${hint}`;
      check.addIssue({
        code: 'custom',
        message,
        ...(meant === undefined ? {} : { params: { nearest: meant } }),
      });
    }
  })
  .transform((asked) => eventTypes.filter((type) => asked.includes(type) || asked.includes(familyOf(type))));

export const eventQuery = z.strictObject({
  job: jobList.exactOptional().meta({ description: 'only of these jobs: ids, with commas between them' }),
  run: z
    .string()
    .refine(isRunId, 'it is the whole id of a run, a UUID')
    .exactOptional()
    .meta({ description: 'only of this run' }),
  type: typeList
    .exactOptional()
    .meta({ description: 'only of these types, such as `run.failed,job.*`; `x.*` is all that begins so' }),
});

interface EventQuery {
  readonly job?: readonly string[];
  readonly run?: string;
  readonly type?: readonly EventType[];
}

export function toEventFilter({ job, run, type }: EventQuery): EventFilter {
  return {
    jobs: job === undefined ? null : new Set(job),
    run: run?.toLowerCase() ?? null,
    types: type === undefined ? null : new Set(type),
  };
}

/** Refuses a filter that can never match. */
export async function refuseUnknown({ jobs, run }: EventFilter, known: KnownTopics): Promise<void> {
  for (const slug of jobs ?? []) {
    if (!(await known.isJob(slug))) throw unknownTopic(await noSuchJob(slug, known.nearestSlug));
  }
  if (run !== null && !(await known.isRun(run))) {
    throw unknownTopic({ path: 'run', message: `there is no run "${run}"`, value: run });
  }
}

async function noSuchJob(slug: string, nearestSlug: NearestSlug): Promise<FieldError> {
  const meant = await nearestSlug(slug);
  const message = `there is no job "${slug}"${meant === null ? '' : `: did you mean "${meant}"?`}`;
  return { path: 'job', message, value: slug, ...(meant === null ? {} : { nearest: meant }) };
}

function unknownTopic(error: FieldError): Problem {
  return new Problem('invalid_request', `in the query: ${error.path}: ${error.message}`, { errors: [error] });
}
