import type { RedisSettings } from '@flotilla/queue';
import { type Finding, fine, wrong } from './finding.ts';

/** Fuller than this share of its limit: it will soon refuse writes. */
const fullShare = 0.9;
const wanted = 'noeviction';

/** What Redis does, or is about to do, when its memory is full. */
export function checkEviction({
  evictionPolicy,
  usedBytes,
  maxBytes,
}: Pick<RedisSettings, 'evictionPolicy' | 'usedBytes' | 'maxBytes'>): Finding {
  if (evictionPolicy !== wanted) {
    return wrong(
      'eviction',
      `Redis drops what is queued when its memory is full (maxmemory-policy ${evictionPolicy})`,
      `set maxmemory-policy ${wanted} in redis.conf`,
    );
  }
  return maxBytes > 0 && usedBytes > maxBytes * fullShare
    ? wrong(
        'eviction',
        `Redis uses ${Math.round((100 * usedBytes) / maxBytes)} % of its maxmemory`,
        'raise maxmemory',
      )
    : fine('eviction', `maxmemory-policy is ${wanted}`);
}
