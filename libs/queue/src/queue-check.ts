import type { Redis } from 'ioredis';
import { messageId } from './message.ts';
import { openQueues } from './queues.ts';

/** By these the message of a run is known. */
export interface HandedOut {
  readonly idempotencyKey: string;
  readonly number: number;
}

/** RB-2: whether what was handed out is still there for the workers. */
export interface QueueCheck {
  /** Those whose message no worker could fetch now: it is neither in `wait` nor in `prioritized`. */
  notWaiting<Sent extends HandedOut>(pool: string, sent: readonly Sent[]): Promise<Sent[]>;
  /** Resumes a queue that somebody paused. False where nobody had. */
  resume(pool: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Ids read or asked for in one command. */
const page = 1_000;

/** Over an `asking` connection: what is not answered fails, and is for the caller to repeat. */
export function openQueueCheck(connection: Redis): QueueCheck {
  const queues = openQueues(connection);

  /**
   * Takes out of `missing` what is in a list, page by page from the end that is pushed to: what comes meanwhile shows
   * entries twice and hides none. HO-4 bounds the list.
   */
  async function findInList(key: string, missing: Map<string, unknown>): Promise<void> {
    for (let first = 0; missing.size > 0; first += page) {
      const ids = await connection.lrange(key, first, first + page - 1);
      for (const id of ids) missing.delete(id);
      if (ids.length < page) return;
    }
  }

  async function findInSet(key: string, missing: Map<string, unknown>): Promise<void> {
    if ((await connection.zcard(key)) === 0) return;
    const ids = [...missing.keys()];
    for (let first = 0; first < ids.length; first += page) {
      const asked = ids.slice(first, first + page);
      const scores = await connection.zmscore(key, ...asked);
      for (const [index, id] of asked.entries()) if (scores[index] !== null) missing.delete(id);
    }
  }

  return {
    async notWaiting(pool, sent) {
      const queue = await queues.of(pool);
      const missing = new Map(sent.map((each) => [messageId(each.idempotencyKey, each.number), each]));
      await findInList(queue.toKey('wait'), missing);
      await findInSet(queue.toKey('prioritized'), missing);
      return [...missing.values()];
    },
    async resume(pool) {
      const queue = await queues.of(pool);
      if (!(await queue.isPaused())) return false;
      await queue.resume();
      return true;
    },
    close: () => queues.close(),
  };
}
