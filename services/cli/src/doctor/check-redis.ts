import type { RedisSettings } from '@flotilla/queue';
import { type Finding, fine, wrong } from './finding.ts';

const oldestMajor = 7;

/** Whether this is a Redis that Flotilla can work with at all. */
export function checkRedis(
  { version, isReplica }: Pick<RedisSettings, 'version' | 'isReplica'>,
  address: string,
): Finding {
  const found = `Redis ${version} at ${address}`;
  if (Number.parseInt(version, 10) < oldestMajor) {
    return wrong('redis', `${found} is too old`, 'upgrade it to version 7 or newer');
  }
  return isReplica
    ? wrong('redis', `${found} is a replica and takes no writes`, 'point REDIS_URL at the primary')
    : fine('redis', found);
}
