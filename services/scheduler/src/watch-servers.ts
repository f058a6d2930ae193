import type { AlarmCondition } from '@flotilla/domain';
import type { RedisSettings } from '@flotilla/queue';
import type { Check } from '@flotilla/runtime';

/** A server that is away for less is none of an alarm. */
export const awayMs = 10_000;

export interface ServerWatchOptions {
  readonly redisProblem: Check;
  readonly readRedis: () => Promise<RedisSettings>;
  readonly natsProblem: Check;
  /** A monotonic clock. */
  readonly nowMs: () => number;
}

/** What is the matter with Redis and NATS now, as this replica sees it. */
export function createServerWatch({ redisProblem, readRedis, natsProblem, nowMs }: ServerWatchOptions) {
  const redis = createOutage(redisProblem, nowMs);
  const nats = createOutage(natsProblem, nowMs);
  /** While Redis does not answer, it is set up as it was. */
  let setUp: AlarmCondition[] = [];

  return async (): Promise<AlarmCondition[]> => {
    const [redisAway, natsAway] = await Promise.all([redis(), nats()]);
    setUp = await readRedis().then(conditionsOf, () => setUp);
    return [
      ...setUp,
      ...(redisAway === null ? [] : [{ kind: 'redis_away', subject: 'redis', message: redisAway } as const]),
      ...(natsAway === null ? [] : [{ kind: 'nats_away', subject: 'nats', message: natsAway } as const]),
    ];
  };
}

/** Gives the problem once it has lasted. */
function createOutage(check: Check, nowMs: () => number): () => Promise<string | null> {
  let sinceMs: number | null = null;
  return async () => {
    const problem = await Promise.resolve()
      .then(check)
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    sinceMs = problem === null ? null : (sinceMs ?? nowMs());
    return sinceMs !== null && nowMs() - sinceMs >= awayMs ? problem : null;
  };
}

function conditionsOf({ evictionPolicy, appendsOnly, appendWorks }: RedisSettings): AlarmCondition[] {
  const conditions: AlarmCondition[] = [];
  if (evictionPolicy !== 'noeviction') {
    const message = `Redis drops what is queued when its memory is full (maxmemory-policy ${evictionPolicy})`;
    conditions.push({ kind: 'eviction_policy', subject: 'redis', message });
  }
  if (!appendsOnly || !appendWorks) {
    const message = appendsOnly
      ? 'Redis cannot write its append-only file'
      : 'Redis keeps no append-only file and restarts empty';
    conditions.push({ kind: 'aof_off', subject: 'redis', message });
  }
  return conditions;
}
