import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { QueueUnavailable } from './connect.ts';
import type { Message } from './message.ts';
import { keyPrefix, queueName } from './names.ts';

/** The queues of the pools over one connection, each opened once. */
export interface Queues {
  /** Throws QueueUnavailable at once while there is no connection. */
  of(pool: string): Promise<Queue<Message>>;
  close(): Promise<void>;
}

export function openQueues(connection: Redis): Queues {
  const queues = new Map<string, Queue<Message>>();
  return {
    async of(pool) {
      // BullMQ waits for ever for a connection that is not there, and keeps a queue whose first question failed broken.
      if (connection.status !== 'ready') throw new QueueUnavailable(`Redis is ${connection.status}`);
      const known = queues.get(pool);
      if (known !== undefined) return known;
      const queue = new Queue<Message>(queueName(pool), { connection, prefix: keyPrefix });
      queue.on('error', () => undefined); // each command reports its own failure
      await queue.waitUntilReady();
      queues.set(pool, queue);
      return queue;
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
