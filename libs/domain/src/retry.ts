import { z } from 'zod';
import { durationText, parseDuration } from './duration.ts';

const retryable = ['failed', 'timed_out'] as const;
const hour = 3_600_000;

export const retrySchema = z.strictObject({
  /** Tries in all, the first one included. */
  attempts: z.int().min(1).max(100).default(1),
  delay: durationText({ minMs: 0, maxMs: 30 * 24 * hour }).default('30s'),
  factor: z.number().min(1).max(10).default(2),
  max: durationText({ minMs: 0, maxMs: 30 * 24 * hour }).default('1h'),
  on: z
    .array(z.enum(retryable))
    .max(retryable.length)
    .default([...retryable]),
});

export type RetryDocument = z.output<typeof retrySchema>;

export interface RetryPolicy {
  readonly attempts: number;
  readonly delayMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly on: readonly (typeof retryable)[number][];
}

export function resolveRetry(retry: RetryDocument): RetryPolicy {
  return {
    attempts: retry.attempts,
    delayMs: parseDuration(retry.delay) ?? 0,
    factor: retry.factor,
    maxMs: parseDuration(retry.max) ?? 0,
    on: retry.on,
  };
}
