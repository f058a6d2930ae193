/** What every key of ours in Redis begins with. */
export const keyPrefix = 'flotilla';

/** A pool has one queue, by its name. */
export function queueName(pool: string): string {
  return pool;
}
