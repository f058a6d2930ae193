/** How long after the last beat that was answered with "alive" what may still happen. All in milliseconds. */
export interface LivenessLimits {
  /** A worker starts no turn later than this. */
  readonly permissionMs: number;
  /** GD-4: then its guard ends the turns that somebody else could double. */
  readonly fenceMs: number;
  /** GD-7: then its guard ends the worker itself where a turn inside it is still open. */
  readonly insideMs: number;
  /** LV-3: silence of this length is death: somebody else may have the worker's runs. */
  readonly silenceMs: number;
}

/** The four figures that every process of a fleet goes by. */
export const liveness: LivenessLimits = {
  permissionMs: 15_000,
  fenceMs: 20_000,
  insideMs: 25_000,
  silenceMs: 30_000,
};

/**
 * GD-8: one invariant. What a worker begins it has begun well before its guard ends it, and all is ended before somebody
 * else may begin it again.
 *
 * @returns why the limits cannot be used, in one line; null where they can
 */
export function livenessFault(limits: LivenessLimits): string | null {
  const names = ['permissionMs', 'fenceMs', 'insideMs', 'silenceMs'] as const;
  let shorter = 0;
  for (const name of names) {
    if (!(limits[name] > shorter)) {
      return `the limits of liveness must rise: 0 < ${names.join(' < ')}, but ${name} is ${limits[name]}`;
    }
    shorter = limits[name];
  }
  return null;
}
