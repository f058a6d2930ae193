import type { Redis } from 'ioredis';
import { keyPrefix } from './names.ts';

const keptSeconds = 60;

/**
 * Why Redis cannot be used, in one line; null where it can. Asked by a write: a replica, a full memory and a full disk
 * still answer questions. A Redis that does not answer is for the caller's time limit.
 */
export async function redisProblem(redis: Redis): Promise<string | null> {
  if (redis.status !== 'ready') return `Redis is ${redis.status}`;
  try {
    await redis.set(`${keyPrefix}:probe`, Date.now(), 'EX', keptSeconds);
    return null;
  } catch (error) {
    return `Redis takes no writes: ${error instanceof Error ? error.message : String(error)}`;
  }
}
