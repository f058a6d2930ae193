import { z } from 'zod';
import { type Condition, conditionSchema, resolveCondition } from './condition.ts';
import { durationText, parseDuration } from './duration.ts';
import { slug } from './slug.ts';

export const triggerConditions = ['success', 'failure', 'complete'] as const;
export type TriggerCondition = (typeof triggerConditions)[number];

/** Of several parents: whether each end counts by itself, or a set with an end of each of them. */
export const joins = ['any', 'all'] as const;
export type Join = (typeof joins)[number];

/** Parents above a job, itself excluded; a chain deeper than this is refused when it is written and when it fires (ED-5). */
export const maxTriggerDepth = 10;

/** Parents that a job waits for at most. */
export const maxParents = 16;

/** Jobs that wait for one parent at most: as many rows one end may write. */
export const maxChildren = 1_000;

export const afterSchema = z
  .strictObject({
    job: slug.optional(),
    jobs: z.array(slug).min(2).max(maxParents).optional(),
    join: z.enum(joins).optional(),
    on: z.enum(triggerConditions).default('success'),
    when: conditionSchema.optional(),
    delay: durationText({ minMs: 0, maxMs: 30 * 86_400_000 }).default('0s'),
  })
  .superRefine(({ job, jobs = [], join }, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if ((job === undefined) === (jobs.length === 0)) refuse([], 'exactly one of "job" and "jobs" is needed');
    if (join !== undefined && jobs.length === 0)
      refuse(['join'], '"join" says how several "jobs" count: there is one');
    for (const [index, parent] of jobs.entries()) {
      if (jobs.indexOf(parent) < index) refuse(['jobs', index], `"${parent}" is named twice`);
    }
  })
  // The default is of several parents alone: one has no join.
  .overwrite((after) => (after.jobs === undefined ? after : { ...after, join: after.join ?? 'any' }));

export type AfterDocument = z.output<typeof afterSchema>;

/** A child's rule on its parents' ends, with the delay in milliseconds. */
export interface Trigger {
  readonly parents: readonly string[];
  readonly join: Join;
  readonly on: TriggerCondition;
  /** What the parent's output must have; null: any output will do. */
  readonly condition: Condition | null;
  readonly delayMs: number;
}

/** The slugs of the jobs that a job waits for. */
export function parentsOf({ job, jobs = [] }: Pick<AfterDocument, 'job' | 'jobs'>): readonly string[] {
  return job === undefined ? jobs : [job];
}

/** Where in a document a parent is named. */
export function parentPath({ job, jobs = [] }: Pick<AfterDocument, 'job' | 'jobs'>, parent: string): string {
  return job === undefined ? `after.jobs.${jobs.indexOf(parent)}` : 'after.job';
}

export function resolveTrigger(after: AfterDocument): Trigger {
  return {
    parents: parentsOf(after),
    join: after.join ?? 'any',
    on: after.on,
    condition: resolveCondition(after.when),
    delayMs: parseDuration(after.delay) ?? 0,
  };
}

/** What has ended under the rule before counts under the next too: it still needs all, and asks the same of each. */
export function goesOnWaiting(before: AfterDocument | undefined, next: AfterDocument | undefined): boolean {
  if (before?.join !== 'all' || next?.join !== 'all') return false;
  const { contains, matches } = before.when ?? {};
  return before.on === next.on && contains === next.when?.contains && matches === next.when?.matches;
}

/** The rule without one of its parents: of two the other is left as the only one. Undefined where none is left. */
export function withoutParent(after: AfterDocument, parent: string): AfterDocument | undefined {
  const { job: _job, jobs: _jobs, join, ...rest } = after;
  const left = parentsOf(after).filter((slug) => slug !== parent);
  const [only, ...others] = left;
  if (only === undefined) return undefined;
  return others.length === 0 ? { job: only, ...rest } : { jobs: [...left], join: join ?? 'any', ...rest };
}
