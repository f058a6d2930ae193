import type { RetryPolicy } from './retry.ts';

/** The share of a retry's delay that chance may add or take away, so that a herd of failures does not come back as one. */
export const retryJitter = 0.2;

/**
 * Milliseconds until the next try after `failures` failed ones (1 or more).
 * `chance` is uniform in [0, 1). Never above `maxMs`.
 */
export function retryDelay(retry: RetryPolicy, failures: number, chance: number): number {
  const exponential = retry.delayMs * retry.factor ** Math.max(0, failures - 1);
  const capped = Math.min(exponential, retry.maxMs);
  const jittered = capped * (1 + retryJitter * (2 * chance - 1));
  return Math.round(Math.min(jittered, retry.maxMs));
}
