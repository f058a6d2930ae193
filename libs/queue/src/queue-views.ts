import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { connectionOptions } from './connect.ts';
import type { Message } from './message.ts';
import { keyPrefix, queueName } from './names.ts';

/** The queues of the pools, to be looked at. */
export interface QueueViews {
  /** Of these pools, each one and the same until it is not asked for any more. */
  of(pools: readonly string[]): readonly Queue<Message>[];
  close(): Promise<void>;
}

/** Waits for no server: while Redis is away a look fails, and the next one after its return does not. */
export function openQueueViews(url: string, onError: (error: Error) => void): QueueViews {
  const connection = new Redis(url, connectionOptions('asking'));
  connection.on('error', onError);
  const open = new Map<string, Queue<Message>>();

  function queueOf(pool: string): Queue<Message> {
    const known = open.get(pool);
    if (known !== undefined) return known;
    const queue = new Queue<Message>(queueName(pool), { connection, prefix: keyPrefix });
    queue.on('error', () => undefined); // the connection has told it
    open.set(pool, queue);
    return queue;
  }

  return {
    of(pools) {
      for (const [pool, queue] of open) {
        if (pools.includes(pool)) continue;
        open.delete(pool);
        void queue.close().catch(() => undefined); // nothing is left to be said over a connection that is not its own
      }
      return pools.map(queueOf);
    },
    async close() {
      await Promise.allSettled([...open.values()].map((queue) => queue.close()));
      connection.disconnect();
    },
  };
}
