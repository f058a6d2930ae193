import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { connectionOptions } from './connect.ts';
import type { Message } from './message.ts';
import { keyPrefix, queueName } from './names.ts';

/** The queues of the pools, to be looked at. */
export interface QueueViews {
  readonly queues: readonly Queue<Message>[];
  close(): Promise<void>;
}

/** Waits for no server: while Redis is away a look fails, and the next one after its return does not. */
export function openQueueViews(
  url: string,
  pools: readonly string[],
  onError: (error: Error) => void,
): QueueViews {
  const connection = new Redis(url, connectionOptions('asking'));
  connection.on('error', onError);
  const queues = pools.map((pool) => {
    const queue = new Queue<Message>(queueName(pool), { connection, prefix: keyPrefix });
    queue.on('error', () => undefined); // the connection has told it
    return queue;
  });
  return {
    queues,
    async close() {
      await Promise.allSettled(queues.map((queue) => queue.close()));
      connection.disconnect();
    },
  };
}
