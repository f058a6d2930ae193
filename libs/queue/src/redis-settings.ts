import type { Redis } from 'ioredis';

/** How a Redis is set up, read from INFO: managed ones refuse CONFIG. */
export interface RedisSettings {
  readonly version: string;
  /** The server's clock, in epoch milliseconds; null where it does not say. */
  readonly now: number | null;
  /** What it does when its memory is full: `noeviction`, `allkeys-lru`, … */
  readonly evictionPolicy: string;
  readonly usedBytes: number;
  /** 0: no limit of its own. */
  readonly maxBytes: number;
  /** It keeps an append-only file. */
  readonly appendsOnly: boolean;
  /** The last write of that file went well. */
  readonly appendWorks: boolean;
  /** Takes no writes. */
  readonly isReplica: boolean;
}

/** Fails as its command fails: not answered, or refused to this user. */
export async function readRedisSettings(redis: Redis): Promise<RedisSettings> {
  const fields = parseInfo(await redis.info());
  const field = (name: string) => fields.get(name) ?? '';
  return {
    version: field('redis_version'),
    now: fields.has('server_time_usec') ? Math.floor(Number(field('server_time_usec')) / 1_000) : null,
    evictionPolicy: field('maxmemory_policy'),
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
    appendsOnly: field('aof_enabled') === '1',
    appendWorks: field('aof_last_write_status') !== 'err',
    isReplica: field('role') === 'slave',
  };
}

/** Lines of `name:value`; others are titles. */
function parseInfo(text: string): Map<string, string> {
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}
