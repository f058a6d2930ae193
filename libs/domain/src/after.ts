import { z } from 'zod';
import { durationText, parseDuration } from './duration.ts';
import { slug } from './slug.ts';

export const triggerConditions = ['success', 'failure', 'complete'] as const;
export type TriggerCondition = (typeof triggerConditions)[number];

/** Parents above a job, itself excluded; a chain deeper than this is refused when it is written and when it fires (ED-5). */
export const maxTriggerDepth = 10;

export const afterSchema = z.strictObject({
  job: slug,
  on: z.enum(triggerConditions).default('success'),
  delay: durationText({ minMs: 0, maxMs: 30 * 86_400_000 }).default('0s'),
});

export type AfterDocument = z.output<typeof afterSchema>;

/** A child's rule on its parent's end, with the delay in milliseconds. */
export interface Trigger {
  readonly parentSlug: string;
  readonly on: TriggerCondition;
  readonly delayMs: number;
}

export function resolveTrigger(after: AfterDocument): Trigger {
  return { parentSlug: after.job, on: after.on, delayMs: parseDuration(after.delay) ?? 0 };
}
