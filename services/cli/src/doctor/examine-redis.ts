import { connectRedis, readRedisSettings } from '@flotilla/queue';
import { checkAppendOnly } from './check-append-only.ts';
import { checkClock } from './check-clock.ts';
import { checkEviction } from './check-eviction.ts';
import { checkRedis } from './check-redis.ts';
import type { Finding } from './finding.ts';

/** @param now this host's clock, in epoch milliseconds */
export async function examineRedis(url: string, address: string, now: () => number): Promise<Finding[]> {
  const redis = await connectRedis(url, 'asking', () => undefined);
  try {
    const askedAt = now();
    const settings = await readRedisSettings(redis);
    const answeredAt = now();
    return [
      checkRedis(settings, address),
      checkEviction(settings),
      checkAppendOnly(settings),
      ...(settings.now === null ? [] : [checkClock('Redis', { theirs: settings.now, askedAt, answeredAt })]),
    ];
  } finally {
    redis.disconnect();
  }
}
