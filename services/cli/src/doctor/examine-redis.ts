import { connectRedis, readRedisSettings } from '@flotilla/queue';
import { checkAppendOnly } from './check-append-only.ts';
import { checkEviction } from './check-eviction.ts';
import { checkRedis } from './check-redis.ts';
import type { Finding } from './finding.ts';

export async function examineRedis(url: string, address: string): Promise<Finding[]> {
  const redis = await connectRedis(url, 'asking', () => undefined);
  try {
    const settings = await readRedisSettings(redis);
    return [checkRedis(settings, address), checkEviction(settings), checkAppendOnly(settings)];
  } finally {
    redis.disconnect();
  }
}
