import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Message, messageId } from './message.ts';
import { keyPrefix, queueName } from './names.ts';

/** HO-1: how long before it is due a run is given to a worker, which waits for the exact moment on its own timer. */
export const earlyMs = 150;

/** Finished jobs that Bull Board can still show, per queue; the ledger has all of them. */
export const keptJobs = 200;

export interface Delivery extends Message {
  readonly idempotencyKey: string;
}

export interface Enqueuer {
  /**
   * Gives runs to a pool's queue. `now` is the database's clock: BullMQ adds the delay to it, so that a scheduler's
   * own clock does not count (HO-1). `lagMs` is how much earlier the pool's slowest worker needs them.
   */
  enqueue(pool: string, deliveries: readonly Delivery[], now: number, lagMs: number): Promise<void>;
  close(): Promise<void>;
}

export function createEnqueuer(connection: Redis): Enqueuer {
  const queues = new Map<string, Queue<Message>>();
  const queueOf = (pool: string) => {
    const known = queues.get(pool);
    if (known !== undefined) return known;
    const queue = new Queue<Message>(queueName(pool), { connection, prefix: keyPrefix });
    queue.on('error', () => undefined); // each command reports its own failure
    queues.set(pool, queue);
    return queue;
  };

  return {
    async enqueue(pool, deliveries, now, lagMs) {
      const jobs = deliveries.map(({ idempotencyKey, dueAt, runId, attempt, number }) => ({
        name: 'run',
        data: { runId, attempt, number, dueAt },
        opts: {
          jobId: messageId(idempotencyKey, number),
          timestamp: now,
          delay: Math.max(0, dueAt - now - earlyMs - lagMs),
          removeOnComplete: { count: keptJobs },
          removeOnFail: { count: keptJobs },
        },
      }));
      await queueOf(pool).addBulk(jobs);
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
